import './style.css';

const greet = (name = 'world') => `Hello, ${name}`;
document.body.append(greet());
