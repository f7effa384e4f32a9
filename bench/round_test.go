package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test's program be what it starts: the launcher, and an
// installer.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 3 && os.Args[1] == measuredCommand:
		os.Exit(launch(os.Args[2], os.Args[3:]))
	case len(os.Args) > 2 && os.Args[1] == "installer":
		if err := installer(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// installer makes a cache, a lockfile and node_modules where they are missing,
// and appends to the file $FOUND what it has found. It knows versions 1 and 2.
func installer(command string) error {
	manifest, err := os.ReadFile("package.json")
	if err != nil {
		return err
	}
	if bytes.Contains(manifest, []byte("3.0.0")) {
		return fmt.Errorf("no matching version")
	}
	found := command
	if bytes.Contains(manifest, []byte("2.0.0")) {
		found += " updated"
	}
	for _, file := range []string{filepath.Join(os.Getenv("HOME"), "cache"), "lock", "node_modules"} {
		if _, err := os.Stat(file); err == nil {
			found += " " + filepath.Base(file)
		} else if err := os.WriteFile(file, []byte("made"), 0o644); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(os.Getenv("FOUND"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, found)
	return err
}

// fake is a round of the installer above, and a function that tells what it
// has found since the last call.
func fake(t *testing.T, manifest, change string) (*round, func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	updated, err := changeRange([]byte(manifest), change)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "found")
	command := func(name string) []string { return []string{self, "installer", name} }
	r := newRound(tool{name: "fake", install: command("install"), frozen: command("frozen"), lock: command("lock"),
		env: []string{"FOUND=" + log}, lockfile: "lock"}, &fixture{manifest: []byte(manifest), updated: updated}, dir)
	return r, func() string {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
}

// A tool finds in every situation what it is named after.
func TestSituations(t *testing.T) {
	t.Parallel()
	r, found := fake(t, `{"dependencies": {"a": "1.0.0"}}`, "a@2.0.0")
	got := map[string]string{}
	if err := r.run(t.Context(), allSituations(), func(s sample) {
		got[s.Situation] = found()
		if s.Millis <= 0 {
			t.Errorf("%s took no time", s.Situation)
		}
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		clean:                   "install",
		lockfile:                "frozen lock",
		"cache":                 "install cache",
		"cache+lockfile":        "frozen cache lock",
		"nothing to do":         "install cache lock node_modules",
		"lockfile+node_modules": "install lock node_modules",
		"cache+node_modules":    "install cache node_modules",
		"node_modules":          "install node_modules",
		update:                  "install updated cache lock node_modules",
		lockfileOnly:            "lock cache",
	}
	if !maps.Equal(got, want) {
		t.Errorf("found\n%v, want\n%v", got, want)
	}
}

// What a situation starts from is made without being timed.
func TestUpdateAlone(t *testing.T) {
	t.Parallel()
	r, found := fake(t, `{"dependencies": {"a": "1.0.0"}}`, "a@2.0.0")
	var timed []string
	wanted, err := chooseSituations("modern-app", update)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.run(t.Context(), wanted, func(s sample) { timed = append(timed, s.Situation) }); err != nil {
		t.Fatal(err)
	}
	const want = "install\nfrozen cache lock\ninstall updated cache lock node_modules"
	if got := found(); len(timed) != 1 || got != want {
		t.Errorf("timed are %v, found was\n%s", timed, got)
	}
}

// A command that a tool has runs in an installed project; where it has none,
// nothing is timed.
func TestCommands(t *testing.T) {
	t.Parallel()
	r, found := fake(t, `{"dependencies": {"a": "1.0.0"}}`, "a@2.0.0")
	r.tool.commands = map[string][]string{buildAll: {r.tool.install[0], "installer", "build"}}
	var timed []string
	if err := r.run(t.Context(), inWorkspaces(), func(s sample) { timed = append(timed, s.Situation) }); err != nil {
		t.Fatal(err)
	}
	const want = "install\nfrozen cache lock\nbuild cache lock node_modules"
	if got := found(); strings.Join(timed, ",") != buildAll || got != want {
		t.Errorf("timed are %v, found was\n%s", timed, got)
	}
}

// One situation that fails is told, with what the tool said, and the others
// are timed all the same.
func TestFailedSituation(t *testing.T) {
	t.Parallel()
	r, _ := fake(t, `{"dependencies": {"a": "1.0.0"}}`, "a@3.0.0")
	timed := 0
	err := r.run(t.Context(), allSituations(), func(sample) { timed++ })
	if err == nil || !strings.Contains(err.Error(), "fake, update: ") || !strings.Contains(err.Error(), "no matching version") {
		t.Errorf("the error is %v", err)
	}
	if timed != len(allSituations())-1 {
		t.Errorf("%d situations were timed", timed)
	}
}
