package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/lockfile"
)

// again runs the test in both layouts: o are the options of a project that was
// installed, second makes those of another folder of the same content and stores.
func again(t *testing.T, w func(testing.TB) *world, do func(t *testing.T, o Options, second func() Options)) {
	for _, layout := range []string{"hoisted", "linked"} {
		t.Run(layout, func(t *testing.T) {
			w, dir := w(t), t.TempDir()
			of := func() Options {
				o := w.options(project(t))
				if layout == "linked" {
					o.Virtual = virtual.Open(filepath.Join(dir, "virtual"))
				}
				o.Unpacked = OpenUnpacked(filepath.Join(dir, "unpacked"))
				o.Trees, o.Memo, o.ProjectScripts = &Trees{Dir: filepath.Join(dir, "trees"), Context: "test"}, "4", true
				if err := w.lock.Write(o.Root); err != nil {
					t.Fatal(err)
				}
				return o
			}
			o := of()
			mustRun(t, o)
			do(t, o, of)
		})
	}
}

func mustAgain(t *testing.T, o Options) *Result {
	t.Helper()
	res, made, err := Again(t.Context(), o)
	if err != nil || !made {
		t.Fatalf("Again: %v, %v", made, err)
	}
	return res
}

// wantLong says that Again makes nothing, and Run then all.
func wantLong(t *testing.T, what string, o Options, want string) {
	t.Helper()
	if _, made, err := Again(t.Context(), o); err != nil || made {
		t.Errorf("%s: made %v, %v", what, made, err)
	}
	if res := mustRun(t, o); len(res.Added) == 0 || len(res.Changed)+len(res.Removed)+res.Kept > 0 {
		t.Errorf("%s: it tells %+v", what, res)
	}
	if got := tree(t, filepath.Join(o.Root, modules)); want != "" && got != want {
		t.Errorf("%s: another tree: %s", what, difference(got, want))
	}
	if !UpToDate(o) {
		t.Errorf("%s: not up to date", what)
	}
}

// TestAgain: the second folder has the same without lockfile and fetcher being asked.
func TestAgain(t *testing.T) {
	again(t, sample, func(t *testing.T, o Options, second func() Options) {
		want := tree(t, filepath.Join(o.Root, modules))
		first := second()
		first.Trees = nil
		told := mustRun(t, first)

		next := second()
		next.Lock, next.Fetcher = nil, nil
		res := mustAgain(t, next)
		if got := tree(t, filepath.Join(next.Root, modules)); got != want {
			t.Errorf("another tree: %s", difference(got, want))
		}
		if !reflect.DeepEqual(res, told) {
			t.Errorf("it tells %+v, want %+v", res, told)
		}
		if memo, ok := Recall(next); !ok || memo != "4" {
			t.Errorf("the memo is %q, %v", memo, ok)
		}
		if _, made, err := Again(t.Context(), next); made || err != nil {
			t.Errorf("made over what is there: %v, %v", made, err)
		}
		// What comes next goes by its state as by any.
		next.Lock = o.Lock
		if res := mustRun(t, next); len(res.Added)+len(res.Changed)+len(res.Removed) > 0 {
			t.Errorf("the next install changes %+v", res)
		}
		if o.Virtual != nil {
			if removed, err := o.Virtual.Prune(t.Context()); err != nil || len(removed) > 0 {
				t.Errorf("pruned %v, %v", removed, err)
			}
		}
	})
}

// TestAgainOfOther: whatever decides a tree tells it from another.
func TestAgainOfOther(t *testing.T) {
	again(t, sample, func(t *testing.T, _ Options, second func() Options) {
		for what, change := range map[string]func(*Options){
			"context":  func(o *Options) { o.Trees.Context = "other" },
			"omit":     func(o *Options) { o.Omit = []string{"dev"} },
			"settings": func(o *Options) { o.Settings = "other" },
			"platform": func(o *Options) { o.Platform.OS = "darwin" },
			"manifest": func(o *Options) { writeFile(t, filepath.Join(o.Root, "package.json"), `{"name":"other"}`) },
			"lockfile": func(o *Options) { writeFile(t, filepath.Join(o.Root, lockfile.FileName), "{}") },
			"input": func(o *Options) {
				o.Inputs = []string{".npmrc"}
				writeFile(t, filepath.Join(o.Root, ".npmrc"), "omit=dev")
			},
		} {
			o := second()
			change(&o)
			wantLong(t, what, o, "")
		}
	})
}

// TestAgainOfDamaged: what is not whole any more is made by Run.
func TestAgainOfDamaged(t *testing.T) {
	again(t, sample, func(t *testing.T, o Options, second func() Options) {
		want := tree(t, filepath.Join(o.Root, modules))
		records, err := filepath.Glob(filepath.Join(o.Trees.Dir, "*"))
		if err != nil || len(records) != 1 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		good, err := os.ReadFile(records[0])
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, records[0], strings.Replace(string(good), "node_modules", "node_nodules", 1))
		wantLong(t, "a damaged record", second(), want)

		gone := o.Unpacked.folder(Key(o.Lock.Packages["node_modules/a"]))
		if o.Virtual != nil {
			if gone, err = os.Readlink(filepath.Join(o.Root, "node_modules/a")); err != nil {
				t.Fatal(err)
			}
			gone = filepath.Dir(filepath.Dir(gone))
		}
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
		wantLong(t, "a package that is gone", second(), want)
		mustAgain(t, second())

		if o.Virtual == nil {
			file := storedFile(t, o.Unpacked, Key(o.Lock.Packages["node_modules/c"]), "index.js")
			writeFile(t, file, "edited, so that it is longer than it was")
			next := second()
			next.Unpacked = OpenUnpacked(o.Unpacked.Dir())
			wantLong(t, "an edited file", next, want)
		}
	})
}

// TestAgainWithScripts: what was not approved is told of again; what ran is kept by
// nobody, and the project's own scripts run each time.
func TestAgainWithScripts(t *testing.T) {
	scripts := func(t testing.TB) *world {
		w := sample(t)
		w.add("node_modules/s", "1.0.0", files{"scripts": `{"postinstall":"true"}`})
		w.lock.Packages[""].Dependencies["s"] = "1"
		return w
	}
	again(t, scripts, func(t *testing.T, o Options, second func() Options) {
		if res := mustAgain(t, second()); len(res.Blocked) != 1 || res.Blocked[0].Scripts["postinstall"] != "true" {
			t.Errorf("blocked are %+v", res.Blocked)
		}
		approve := func(o Options) Options {
			o.Approved, o.Settings = func(string, string, string) bool { return true }, "approved"
			return o
		}
		mustRun(t, approve(second()))
		wantLong(t, "a script that ran", approve(second()), "")
	})
}

// TestAgainIsCancelled: an interrupt is not what is passed over in silence.
func TestAgainIsCancelled(t *testing.T) {
	again(t, sample, func(t *testing.T, o Options, second func() Options) {
		if o.Virtual != nil {
			return // which is a few links, made or not
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, made, err := Again(ctx, second()); made || !errors.Is(err, context.Canceled) {
			t.Errorf("made %v, %v", made, err)
		}
	})
}

// TestRecordsOfOthers: a record is taken for what encode can have written, and no
// location in it leads out of the project.
func TestRecordsOfOthers(t *testing.T) {
	p, _, err := parsePlace("node_modules/a")
	if err != nil {
		t.Fatal(err)
	}
	r := &treeRecord{
		Memo: "1", rows: []treeRow{{&target{place: p, pkg: &lockfile.Package{CID: "c", Version: "1.0.0", Size: 7, Bin: map[string]string{"a": "a.js"}}}, placedRow, ""}},
		added: []Change{{Location: "node_modules/a", Name: "a", Version: "1.0.0"}}, table: []byte("table"), hidden: []byte("hidden"),
	}
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := decodeTree(data)
	if !ok || !reflect.DeepEqual(got, r) {
		t.Fatalf("got %+v, %v; want %+v", got, ok, r)
	}
	for _, edit := range [][2]string{
		{`"format":2`, `"format":1`}, {`"lengths":[`, `"lengths":[-`}, {`"lengths":[`, `"lengths":[9`}, {"hidden", "hidden and more"},
		{"placed,node_modules/a", "placed,../../aaaaaaaa"}, {"placed,node_modules/a", "placed,node_modules/."},
		{"placed,node_modules/a", "placed,nodezmodules/a"}, {",7,", ",x,"}, {"a.js", "a\"js"},
	} {
		other := strings.Replace(string(data), edit[0], edit[1], 1)
		if other == string(data) {
			t.Fatalf("%q is not in the record", edit[0])
		}
		if got, ok := decodeTree([]byte(other)); ok {
			t.Errorf("%q is a record: %+v", other, got)
		}
	}
	if _, err := got.selection(Options{Virtual: virtual.Open(t.TempDir())}); err == nil {
		t.Error("a hoisted tree was taken for a linked one")
	}
}
