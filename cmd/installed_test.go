//go:build shells

package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// TestInstalled looks at what `make install` puts in place with the programs that it
// is for: mandoc reads every manual page and finds no fault, and shells complete.
// `make shells` brings these programs.
func TestInstalled(t *testing.T) {
	prefix := t.TempDir()
	c := exec.Command("make", "-C", "..", "install", "PREFIX="+prefix, "VERSION=test")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("zsh", func(t *testing.T) { completeInZsh(t, filepath.Join(prefix, "share", "zsh", "site-functions")) })
	t.Run("fish", func(t *testing.T) {
		completeInFish(t, filepath.Join(prefix, "share", "fish", "vendor_completions.d", "ipnpm.fish"))
	})
	t.Run("man", func(t *testing.T) { checkManual(t, filepath.Join(prefix, "share", "man")) })
}

// shellTool is a program that tools/get has unpacked.
func shellTool(t *testing.T, name string) string {
	tools := npmoracle.ToolsDir(t)
	for _, bin := range [...]string{"usr/bin", "bin"} {
		path := filepath.Join(tools, "shells", bin, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("no %s in %s: `./tools/get shells` brings it", name, tools)
	return ""
}

func checkManual(t *testing.T, dir string) {
	pages, err := filepath.Glob(filepath.Join(dir, "man[157]", "*.[157]"))
	if err != nil || len(pages) < 100 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	out, err := exec.Command(shellTool(t, "mandoc"), append([]string{"-Tlint", "-Wwarning"}, pages...)...).CombinedOutput()
	if err != nil {
		t.Errorf("mandoc -Tlint: %v\n%s", err, out)
	}
	bold := regexp.MustCompile(`.\x08`) // as on a printer: each letter twice
	for _, look := range []struct{ section, page, want string }{
		{"1", "ipnpm-install", "--save-exact"},
		{"1", "ipnpm-registry-mirror", "ipnpm-registry(1)"},
		{"1", "ipnpm", "npm_config_<key>"},
		{"5", "ipnpmrc", "save-prefix"},
		{"5", "ipnpm-lock.json", "closure"},
		{"7", "ipnpm-errors", "EUSAGE"},
	} {
		c := exec.Command(shellTool(t, "mman"), "-M", dir, look.section, look.page)
		c.Env = append(c.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80")
		out, err := c.CombinedOutput()
		text := bold.ReplaceAllString(string(out), "")
		if err != nil || !strings.Contains(text, look.want) {
			t.Errorf("man %s %s: %v; it lacks %q:\n%s", look.section, look.page, err, look.want, text)
		}
	}
}

// completeInZsh types into a zsh on a terminal.
func completeInZsh(t *testing.T, functions string) {
	dir, env := shellProject(t)
	home := t.TempDir()
	zsh := shellTool(t, "zsh")
	root := strings.TrimSuffix(strings.TrimSuffix(filepath.Dir(zsh), "/bin"), "/usr")
	modules, err := filepath.Glob(filepath.Join(root, "usr", "lib", "*", "zsh", "*"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("no modules of zsh below %s", root)
	}
	start := "module_path=(" + modules[0] + ")\n" +
		"fpath=(" + functions + " " + filepath.Join(root, "usr", "share", "zsh", "functions", "*(/)") + " " +
		filepath.Join(root, "usr", "share", "zsh", "functions", "Completion", "*(/)") + ")\n" +
		"autoload -Uz compinit && compinit -u -D\nPS1='ready> '\n"
	if err := os.WriteFile(filepath.Join(home, ".zshrc"), []byte(start), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(zsh, "-d", "-i")
	c.Dir, c.Env = dir, append(env, "ZDOTDIR="+home)
	typeInShell(t, startOnTerminal(t, c, 80, 24))
}

// completeInFish asks a fish as a Tab does.
func completeInFish(t *testing.T, script string) {
	dir, env := shellProject(t)
	for line, want := range shellLines() {
		c := exec.Command(shellTool(t, "fish"), "--no-config", "-c", "source "+script+"; complete -C '"+line+"'")
		c.Dir, c.Env = dir, append(env, "LD_LIBRARY_PATH="+fishLibraries(t))
		out, err := c.CombinedOutput()
		word := want[strings.LastIndexByte(want, ' ')+1:]
		if first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\t"); err != nil || first != word {
			t.Errorf("%q: %v, %q, want %q", line, err, out, word)
		}
	}
}

// fishLibraries are where tools/get has unpacked what fish is linked with.
func fishLibraries(t *testing.T) string {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(shellTool(t, "fish"))), "lib", "*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, ":")
}
