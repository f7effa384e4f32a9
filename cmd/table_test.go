package cmd

import "testing"

func TestNarrowed(t *testing.T) {
	row := []cell{{text: "Package"}, {text: "Current"}, {text: "Location"}, {text: "By"}}
	for width, want := range map[int]int{0: 4, 80: 4, 30: 4, 29: 3, 26: 3, 25: 2, 10: 2} {
		if got := narrowed([][]cell{row, row[:1]}, width, 2); len(got[0]) != want || len(got[1]) != 1 {
			t.Errorf("%d columns: %d and %d cells, want %d and 1", width, len(got[0]), len(got[1]), want)
		}
	}
}
