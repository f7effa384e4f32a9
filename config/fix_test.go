package config

import (
	"errors"
	"os"
	"slices"
	"testing"
)

func TestFix(t *testing.T) {
	for _, test := range []struct {
		before, after string
		done          []Repair
	}{
		{"tag=x\n", "tag=x\n", nil},
		{"# mine\n_authToken = ${T}\ntag=x\n", "# mine\n//h.example/npm/:_authToken=${T}\ntag=x\n", []Repair{{User, "_authToken", "//h.example/npm/:_authToken"}}},
		{"_auth=eDp5==\n", "//h.example/npm/:_auth=\"eDp5==\"\n", []Repair{{User, "_auth", "//h.example/npm/:_auth"}}},
		{"username=u\n_password=cA\n", "//h.example/npm/:username=u\n//h.example/npm/:_password=cA\n",
			[]Repair{{User, "username", "//h.example/npm/:username"}, {User, "_password", "//h.example/npm/:_password"}}},
		{"username=u\nkeyfile=k\n_authtoken=x\ntag=x\n", "tag=x\n", []Repair{{User, "_authtoken", ""}, {User, "username", ""}, {User, "keyfile", ""}}},
		{"//h.example/npm/:_authToken=${UNSET}\n_authToken=old\n", "//h.example/npm/:_authToken=${UNSET}\n", []Repair{{User, "_authToken", ""}}},
	} {
		s := files(t, "", test.before, "")
		s.Flags = map[string][]string{"registry": {"https://h.example:443/npm"}}
		c, _, err := Load(s)
		if err != nil {
			t.Fatal(err)
		}
		done, err := c.Fix(Global, User, Project)
		if err != nil || !slices.Equal(done, test.done) {
			t.Errorf("%q: did %v, %v", test.before, done, err)
		}
		if got, _ := os.ReadFile(c.File(User)); string(got) != test.after {
			t.Errorf("%q:\n got %q\nwant %q", test.before, got, test.after)
		}
	}
}

// TestFixLayers has the same key twice, of which the first to be bound stays.
func TestFixLayers(t *testing.T) {
	s := files(t, "", "_authToken=a\n", "_authToken=b\n")
	s.Flags = map[string][]string{"registry": {"https://h.example/"}}
	c, _, err := Load(s)
	if err != nil {
		t.Fatal(err)
	}
	done, err := c.Fix(User, Project)
	if err != nil || !slices.Equal(done, []Repair{{User, "_authToken", "//h.example/:_authToken"}, {Project, "_authToken", ""}}) {
		t.Errorf("did %v, %v", done, err)
	}
}

// TestFixInAHostileProject has a project that would like the user's token.
func TestFixInAHostileProject(t *testing.T) {
	c, _, err := Load(files(t, "", "registry=https://h.example/\n_authToken=a\n", "registry=https://project.example/\n_authToken=b\n"))
	if err != nil {
		t.Fatal(err)
	}
	done, err := c.Fix(User, Project)
	if err != nil || !slices.Equal(done, []Repair{{User, "_authToken", "//h.example/:_authToken"}, {Project, "_authToken", "//project.example/:_authToken"}}) {
		t.Errorf("did %v, %v", done, err)
	}
}

func TestFixWithoutAHost(t *testing.T) {
	s := files(t, "", "_authToken=a\n", "")
	s.Flags = map[string][]string{"registry": {"ipns://name"}}
	c, _, err := Load(s)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := c.Fix(User); !errors.Is(err, ErrNoHost) || len(done) > 0 {
		t.Errorf("did %v, %v", done, err)
	}
	if got, _ := os.ReadFile(c.File(User)); string(got) != "_authToken=a\n" {
		t.Errorf("the file became %q", got)
	}
}
