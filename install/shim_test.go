package install

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShims compares with what npm's cmd-shim wrote for the same scripts
// (testdata/shims, made by running it).
func TestShims(t *testing.T) {
	paths, err := filepath.Glob("testdata/shims/*.json")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d golden files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Source, Target, Sh, Cmd, Ps1 string }
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			got := newShims(want.Target, parseShebang([]byte(want.Source)))
			for _, f := range []struct{ kind, got, want string }{
				{"sh", got.sh, want.Sh}, {"cmd", got.cmd, want.Cmd}, {"ps1", got.ps1, want.Ps1},
			} {
				if f.got != f.want {
					t.Errorf("%s:\n%q\nwant:\n%q", f.kind, f.got, f.want)
				}
			}
		})
	}
}

// TestWriteShims writes shims where a link was, and recognises its own.
func TestWriteShims(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.options(root)
	mustRun(t, o) // with links
	o.Shims = true
	mustRun(t, o)
	for _, name := range []string{"a", "a.cmd", "a.ps1", "c", "c.cmd", "c.ps1"} {
		path := filepath.Join(root, "node_modules/.bin", name)
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || !isShim(path) {
			t.Errorf("%s is no shim: %v", name, err)
		}
	}
	if data, _ := os.ReadFile(filepath.Join(root, "node_modules/a/cli.js")); string(data) != "#!/usr/bin/env node\nok\r\n" {
		t.Errorf("the shims wrote through a link, or cli.js was not mended: %q", data)
	}
	delete(w.lock.Packages, "node_modules/a")
	delete(w.lock.Packages, "node_modules/a/node_modules/c")
	mustRun(t, o)
	for _, name := range []string{"a", "a.cmd", "a.ps1"} {
		if exists(filepath.Join(root, "node_modules/.bin", name)) {
			t.Errorf("%s is left", name)
		}
	}
}

// TestShimOfOther lets no command take the place of another's shim.
func TestShimOfOther(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/good", "1.0.0", nil, withBin(map[string]string{"tool": "index.js"}))
	w.add("node_modules/bad", "1.0.0", nil, withBin(map[string]string{"tool.cmd": "index.js", "tool.ps1": "index.js", "other.cmd": "index.js"}))
	o := w.options(root)
	o.Shims = true
	mustRun(t, o)
	for name, want := range map[string]string{"tool": "good", "tool.cmd": "good", "tool.ps1": "good", "tool.cmd.cmd": "", "other.cmd": "bad"} {
		data, _ := os.ReadFile(filepath.Join(root, "node_modules/.bin", name))
		if want == "" && data != nil || !strings.Contains(strings.ReplaceAll(string(data), `\\`, "/"), want) {
			t.Errorf("%s is not of %q:\n%s", name, want, data)
		}
	}
}

func FuzzShebang(f *testing.F) {
	for _, seed := range []string{"#!/usr/bin/env node", "#!/usr/bin/env -S A=1 node -r x\r\n", "#!", "#!/usr/bin/env ", "\n#! a"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		newShims("../a/b.js", parseShebang(data))
		if got := mendShebang(data); len(data)-len(got) > 1 {
			t.Errorf("mending %q took more than one byte", data)
		}
	})
}
