package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestReadHead reads what stands before the packages, of a file of any length, and
// nothing else of one that begins with them.
func TestReadHead(t *testing.T) {
	l := sample()
	for i := range 200 {
		l.Packages["node_modules/p"+strings.Repeat("x", i)] = &Package{Version: "1.0.0", CID: sampleCID, Integrity: sampleIntegrity}
	}
	data, err := l.Encode()
	if err != nil || len(data) < 2*headSize {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	head, err := readHeadOf(t, string(data))
	if err != nil || head.Closure != l.Closure || head.Registries[DefaultRegistry] != l.Registries[DefaultRegistry] {
		t.Errorf("got %+v, %v", head, err)
	}
	if len(head.Packages) != 1 || !reflect.DeepEqual(head.Packages[""], l.Packages[""]) {
		t.Errorf("the packages that were read are %+v", head.Packages)
	}
	root := l.Packages[""]
	root.Dependencies = map[string]string{}
	for i := range headSize / 100 {
		root.Dependencies[fmt.Sprintf("a%d%s", i, strings.Repeat("x", 100))] = "1"
	}
	if data, err = l.Encode(); err != nil {
		t.Fatal(err)
	}
	head, err = readHeadOf(t, string(data))
	if err != nil || head.Closure != l.Closure || head.Packages != nil {
		t.Errorf("a long project: got %+v, %v", head, err)
	}
	for _, first := range []string{`{}`, `[]`, `{"node_modules/a": {}, "": {}}`, `{"": {"version": 1}}`, `{"": 1}`, `{"": {"version": "1"`} {
		head, err = readHeadOf(t, `{"packages": `+first+`, "closure": "x"}`)
		if err != nil || head.Closure != "" || head.Packages != nil {
			t.Errorf("packages first, %s: got %+v, %v", first, head, err)
		}
	}
	for _, bad := range []string{"", "[]", "{", `{"closure": 1, "packages": {}}`, "<<<<<<< ours\n{}", `{"name": "` + strings.Repeat("x", headSize) + `", "packages": {}}`} {
		if head, err := readHeadOf(t, bad); err == nil {
			t.Errorf("%.20q: got %+v", bad, head)
		}
	}
	if _, err := ReadHead(t.TempDir()); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

func readHeadOf(t *testing.T, text string) (*Lockfile, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return ReadHead(dir)
}
