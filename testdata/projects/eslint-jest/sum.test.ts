import { sum } from './sum';

test('adds up', () => {
  expect(sum([1, 2, 3])).toBe(6);
});
