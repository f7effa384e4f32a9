package install

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRunFresh(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.options(root)
	res := mustRun(t, o)
	if len(res.Added) != 4 || res.Kept != 0 || len(res.Changed)+len(res.Removed) != 0 {
		t.Errorf("result: %+v", res)
	}
	for path, want := range map[string]string{
		"node_modules/a/lib/deep/er/f.js":        "f",
		"node_modules/a/index.js":                "module.exports = \"a@1.0.0\"\n",
		"node_modules/a/node_modules/c/index.js": "module.exports = \"c@2.0.0\"\n",
		"node_modules/c/index.js":                "module.exports = \"c@1.0.0\"\n",
		"node_modules/@s/b/index.js":             "module.exports = \"@s/b@1.0.0\"\n",
		"node_modules/.bin/a":                    "#!/usr/bin/env node\nok\r\n",
		"node_modules/.bin/c":                    "#!/bin/sh\necho c\n",
	} {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || string(data) != want {
			t.Errorf("%s: %q, %v; want %q", path, data, err, want)
		}
	}
	if !UpToDate(o) {
		t.Error("not up to date after an install")
	}
	before := tree(t, root)
	res = mustRun(t, o)
	if res.Kept != 4 || len(res.Added) != 0 {
		t.Errorf("second run: %+v", res)
	}
	if after := tree(t, root); after != before {
		t.Errorf("second run changed the tree:\n%s\n---\n%s", before, after)
	}
	if n := w.fetched.Load(); n != 4 {
		t.Errorf("fetched %d tarballs, want 4", n)
	}
}
