package manifest

import (
	"encoding/json"
	"os"
	"path"
	"strings"
	"testing"
)

// npaResult is what npm-package-arg of npm 12.2 says of a text; the file was
// written by a script that ran it with /w as folder and /home/h as home.
type npaResult struct {
	Error, Type, Name, Raw, Fetch, Save string
	Committish, Range, Subdir           string
	Hosted, User, Project, HTTPS, SSH   string
	Sub                                 *npaResult
}

type npaGolden struct{ Specs, Args map[string]npaResult }

func golden(t *testing.T) npaGolden {
	t.Helper()
	data, err := os.ReadFile("testdata/npa.json")
	if err != nil {
		t.Fatal(err)
	}
	var g npaGolden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestParseSpecAgreesWithNPM(t *testing.T) {
	for raw, want := range golden(t).Specs {
		switch raw {
		case "workspace:*x:y": // a kind of pnpm and Yarn, which npm refuses
			continue
		case "github:r": // a repository without an owner is none
			continue
		case "FILE:./x", "C:/x": // npm's errors: a folder named "FILE:" or "C:"
			continue
		}
		got, err := ParseSpec("dep", raw)
		compareWithNPM(t, raw, got, err, want)
	}
}

func TestParseArgAgreesWithNPM(t *testing.T) {
	for arg, want := range golden(t).Args {
		if arg == "@../x" { // a path, which npm lets through as a name
			continue
		}
		got, err := ParseArg(arg)
		compareWithNPM(t, arg, got, err, want)
	}
}

func compareWithNPM(t *testing.T, text string, got Spec, err error, want npaResult) {
	t.Helper()
	if (err != nil) != (want.Error != "") {
		t.Errorf("%q: error %v, npm's %q", text, err, want.Error)
	}
	if err != nil || want.Error != "" {
		return
	}
	if got.Kind.String() != want.Type || got.Name != want.Name || got.Raw != want.Raw {
		t.Errorf("%q: got %s %q %q, npm %s %q %q", text, got.Kind, got.Name, got.Raw, want.Type, want.Name, want.Raw)
		return
	}
	switch got.Kind {
	case KindFile, KindDirectory:
		if at := resolvePath(got.Fetch); at != want.Fetch {
			t.Errorf("%q: path %q, npm's %q", text, at, want.Fetch)
		}
	case KindGit:
		compareGit(t, text, got.Git, want)
	case KindAlias:
		if got.Sub.Name != want.Sub.Name || got.Sub.Kind.String() != want.Sub.Type || got.Sub.Fetch != want.Sub.Fetch {
			t.Errorf("%q: alias of %+v, npm's %+v", text, *got.Sub, *want.Sub)
		}
	default:
		if got.Fetch != want.Fetch {
			t.Errorf("%q: fetch %q, npm's %q", text, got.Fetch, want.Fetch)
		}
	}
	if got.Save != want.Save {
		t.Errorf("%q: save %q, npm's %q", text, got.Save, want.Save)
	}
}

func resolvePath(p string) string {
	switch {
	case strings.HasPrefix(p, "~"):
		return path.Join("/home/h", p[1:])
	case path.IsAbs(p):
		return path.Clean(p)
	}
	return path.Join("/w", p)
}

func compareGit(t *testing.T, text string, got *Git, want npaResult) {
	t.Helper()
	if got.Committish != want.Committish || got.Range != want.Range || got.Subdir != strings.TrimPrefix(want.Subdir, "/") {
		t.Errorf("%q: committish %q range %q subdir %q, npm's %q %q %q", text,
			got.Committish, got.Range, got.Subdir, want.Committish, want.Range, want.Subdir)
	}
	if got.Host != want.Hosted || got.User != want.User || got.Project != want.Project {
		t.Errorf("%q: %s %s/%s, npm's %s %s/%s", text, got.Host, got.User, got.Project, want.Hosted, want.User, want.Project)
	}
	switch {
	case want.Hosted == "":
		if got.URL != want.Fetch {
			t.Errorf("%q: URL %q, npm's %q", text, got.URL, want.Fetch)
		}
	case got.SSH != want.SSH:
		t.Errorf("%q: ssh %q, npm's %q", text, got.SSH, want.SSH)
	case strings.HasPrefix(got.URL, "https:") && got.URL != want.HTTPS:
		t.Errorf("%q: https %q, npm's %q", text, got.URL, want.HTTPS)
	}
}

// TestKindsOfOtherManagers has the specs of pnpm and Yarn that npm refuses.
func TestKindsOfOtherManagers(t *testing.T) {
	for _, test := range []struct {
		raw   string
		kind  Kind
		fetch string
		sub   string
	}{
		{"workspace:*", KindWorkspace, "*", ""},
		{"workspace:^1.2.0", KindWorkspace, "^1.2.0", ""},
		{"workspace:", KindWorkspace, "", ""},
		{"workspace:~", KindWorkspace, "~", ""},
		{"workspace:../x", KindWorkspace, "../x", ""},
		{"workspace:./1.x/.", KindWorkspace, "./1.x", ""},
		{"workspace:packages/@s/x", KindWorkspace, "/packages/@s/x", ""},
		{"workspace:other@", KindWorkspace, "", "other"},
		{"workspace:@s/other@~", KindWorkspace, "~", "@s/other"},
		{"catalog:", KindCatalog, "", ""},
		{"catalog:react18", KindCatalog, "react18", ""},
		{"link:../x", KindDirectory, "../x", ""},
		{"link:./x.tgz", KindDirectory, "x.tgz", ""},
	} {
		got, err := ParseSpec("dep", test.raw)
		sub := ""
		if got.Sub != nil {
			sub = got.Sub.Name
		}
		if err != nil || got.Kind != test.kind || got.Fetch != test.fetch || sub != test.sub {
			t.Errorf("%s: got %s %q %q, %v", test.raw, got.Kind, got.Fetch, sub, err)
		}
	}
}

func TestSpecErrors(t *testing.T) {
	for raw, want := range map[string]string{
		"foo bar":          `invalid spec "foo bar" of dep: neither a version, a range, a tag, a path nor a URL`,
		"npm:a@npm:b":      `invalid spec "npm:a@npm:b" of dep: an alias of an alias`,
		"svn:x":            `invalid spec "svn:x" of dep: unsupported URL type svn:`,
		"u/r#a::b":         `invalid spec "u/r#a::b" of dep: more than one committish`,
		"u/r#--upload":     `invalid spec "u/r#--upload" of dep: a repository or committish cannot start with a dash`,
		"u/r#path:../../x": `invalid spec "u/r#path:../../x" of dep: a path out of the repository`,
		"npm:.bad@1":       `invalid package name ".bad": it starts with a period`,
	} {
		if got, err := ParseSpec("dep", raw); err == nil || err.Error() != want {
			t.Errorf("%s: got %+v, %v", raw, got, err)
		}
	}
	if _, err := ParseSpec("../x", "1"); err == nil {
		t.Error("a path was taken for a name")
	}
}

func TestSpecString(t *testing.T) {
	for arg, want := range map[string]string{"foo": "foo@*", "foo@^1": "foo@^1", "./x": "./x"} {
		if s, err := ParseArg(arg); err != nil || s.String() != want {
			t.Errorf("%s: got %s, %v", arg, s, err)
		}
	}
	if s, _ := ParseArg("a@npm:b@1"); s.Target().Name != "b" || !s.Registry() {
		t.Errorf("target %+v", s.Target())
	}
}
