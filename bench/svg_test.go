package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The chart is well-formed whatever the project is called, has a bar for each
// median that there is, and one of them is cut.
func TestChart(t *testing.T) {
	t.Parallel()
	r := known()
	r.Fixture = `a <b> & "c"`
	file := filepath.Join(t.TempDir(), "chart.svg")
	if err := r.writeSVG(file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
	if elements["rect"] != 5 || elements["line"] != 1 {
		t.Errorf("%d bars, %d of them cut, want 5 and 1", elements["rect"], elements["line"])
	}
}
