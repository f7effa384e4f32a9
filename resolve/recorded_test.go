//go:build recorded

// These need recorded documents of a real project, which are too large for the
// repository:
//
//	go test -tags recorded ./resolve -run Recorded -recorded /path/to/bench-data

package resolve

import (
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordings is a folder with registry-docs.tar.xz (d/<escaped name>.json) and
// alotta-files.package.json.
var recordings = flag.String("recorded", "/work/shared/bench-data", "folder of recorded documents")

// recorded unpacks the recorded documents of bench-data.
func recorded(t testing.TB) (docs map[string]json.RawMessage, project string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xJf", filepath.Join(*recordings, "registry-docs.tar.xz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "d", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	docs = make(map[string]json.RawMessage, len(files))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := url.PathUnescape(strings.TrimSuffix(filepath.Base(file), ".json"))
		if err != nil {
			t.Fatal(err)
		}
		docs[name] = data
	}
	text, err := os.ReadFile(filepath.Join(*recordings, "alotta-files.package.json"))
	if err != nil {
		t.Fatal(err)
	}
	return docs, string(text)
}

// TestRecordedProject compares with npm on the metadata of a real project of
// 1,300 packages. Without a waiver of peer conflicts npm refuses it.
func TestRecordedProject(t *testing.T) {
	docs, project := recorded(t)
	npm := startArborist(t)
	index := &memory{docs: docs}
	// One package in it has a peer spec that npm cannot parse and therefore
	// refuses to go on, whatever is waived.
	project = regexp.MustCompile(`(?m)^.*"react-tooltip".*$`).ReplaceAllString(project, "")
	for name, options := range map[string]Options{
		"plain":              {},
		"legacy-peer-deps":   {LegacyPeerDeps: true},
		"force":              {Force: true},
		"force nested":       {Force: true, Strategy: Nested},
		"force preferDedupe": {Force: true, PreferDedupe: true},
	} {
		t.Run(name, func(t *testing.T) {
			answer := npm.ask(t, npmRequest{Docs: docs, Files: map[string]string{"package.json": project}, Options: npmOptions(options)}, time.Minute)
			r := Request{Root: mustManifest(t, project), Index: index, Options: options}
			started := time.Now()
			tree, err := Build(context.Background(), r)
			if answer.Code != "" || err != nil {
				t.Logf("npm: %s %s; here: %v", answer.Code, answer.Message, err)
				if (answer.Code == "ERESOLVE") != isConflict(err) {
					t.Errorf("npm has %q, here %v", answer.Code, err)
				}
				return
			}
			took := time.Since(started)
			started = time.Now()
			if _, err = Build(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			warm := time.Since(started)
			lock := tree.Lockfile()
			diffs := differences(summary(lock), answer.summary())
			slices.Sort(diffs)
			t.Logf("%d locations, %d differ; %v, %v with parsed documents; npm %.0f ms", len(lock.Packages), len(diffs), took, warm, answer.Took)
			if len(diffs) > 0 {
				t.Errorf("%d differences:\n%s", len(diffs), joinLines(diffs[:min(len(diffs), 60)]))
			}
		})
	}
}

// BenchmarkRecordedProject resolves 1,330 locations from parsed documents.
func BenchmarkRecordedProject(b *testing.B) {
	docs, project := recorded(b)
	r := Request{Root: mustManifest(b, project), Index: &memory{docs: docs}, Options: Options{LegacyPeerDeps: true}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}
