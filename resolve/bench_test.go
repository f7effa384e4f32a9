package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorded unpacks the recorded documents of bench-data.
func recorded(t testing.TB) (docs map[string]json.RawMessage, project string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xJf", "/work/shared/bench-data/registry-docs.tar.xz", "-C", dir).CombinedOutput(); err != nil {
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
	text, err := os.ReadFile("/work/shared/bench-data/alotta-files.package.json")
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

func isConflict(err error) bool {
	_, ok := errors.AsType[*ConflictError](err)
	return ok
}

// npmOptions are the options as arborist calls them.
func npmOptions(o Options) map[string]any {
	strategy := o.Strategy
	if strategy == "" {
		strategy = Hoisted
	}
	return map[string]any{"legacyPeerDeps": o.LegacyPeerDeps, "strictPeerDeps": o.StrictPeerDeps, "force": o.Force,
		"preferDedupe": o.PreferDedupe, "installStrategy": strategy}
}
