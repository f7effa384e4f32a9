package install

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// Platform is what os, cpu and libc fields are matched against, in Node's
// words: "linux", "x64", "glibc". Libc is empty where there is no choice.
type Platform struct {
	OS, CPU, Libc string
}

func (p Platform) String() string {
	return strings.TrimRight(p.OS+" "+p.CPU+" "+p.Libc, " ")
}

// Detect returns the platform of this machine. The C library of Linux is told
// by its files, as npm does, not by running anything; "" when neither shows.
func Detect() Platform {
	p := Platform{OS: nodeOS(runtime.GOOS), CPU: nodeCPU(runtime.GOARCH)}
	if p.OS == "linux" {
		p.Libc = libcUnder("/")
	}
	return p
}

// OrDetected fills the empty fields from this machine. A foreign OS with no
// libc named has none to match.
func (p Platform) OrDetected() Platform {
	if p.OS != "" && p.CPU != "" && p.Libc != "" {
		return p
	}
	here := Detect()
	if p.Libc == "" && (p.OS == "" || p.OS == here.OS) {
		p.Libc = here.Libc
	}
	if p.OS == "" {
		p.OS = here.OS
	}
	if p.CPU == "" {
		p.CPU = here.CPU
	}
	return p
}

// nodeOS is GOOS in the words of Node's process.platform.
func nodeOS(goos string) string {
	switch goos {
	case "windows":
		return "win32"
	case "solaris", "illumos":
		return "sunos"
	}
	return goos
}

// nodeCPU is GOARCH in the words of Node's process.arch.
func nodeCPU(goarch string) string {
	switch goarch {
	case "amd64":
		return "x64"
	case "386":
		return "ia32"
	case "ppc64le":
		return "ppc64"
	case "mipsle":
		return "mipsel"
	case "loong64":
		return "loong64"
	}
	return goarch
}

// libcUnder tells glibc from musl under a root folder: by the text of ldd, and
// where there is none, by the dynamic loader's name.
func libcUnder(root string) string {
	if ldd, err := os.ReadFile(filepath.Join(root, "usr/bin/ldd")); err == nil {
		switch {
		case bytes.Contains(ldd, []byte("musl")):
			return "musl"
		case bytes.Contains(ldd, []byte("GNU C Library")):
			return "glibc"
		}
	}
	for _, try := range []struct{ glob, libc string }{
		{"lib/ld-musl-*", "musl"},
		{"lib64/ld-linux*", "glibc"},
		{"lib/ld-linux*", "glibc"},
		{"lib/*/ld-linux*", "glibc"},
	} {
		if found, _ := filepath.Glob(filepath.Join(root, try.glob)); len(found) > 0 {
			return try.libc
		}
	}
	return ""
}

// Supports says whether a package's os, cpu and libc lists admit the platform,
// by the rules of npm-install-checks.
func (p Platform) Supports(os, cpu, libc []string) bool {
	if len(libc) > 0 && p.Libc == "" {
		return false
	}
	return admits(os, p.OS) && admits(cpu, p.CPU) && admits(libc, p.Libc)
}

func (p Platform) supports(pkg *lockfile.Package) bool {
	return p.Supports(pkg.OS, pkg.CPU, pkg.Libc)
}

// admits matches one list: none of its negated values ("!win32"), and one of
// the others when there are others. "any" alone admits everything.
func admits(list []string, value string) bool {
	if len(list) == 0 || len(list) == 1 && list[0] == "any" {
		return true
	}
	matched, negated := false, 0
	for _, entry := range list {
		if forbidden, ok := strings.CutPrefix(entry, "!"); ok {
			negated++
			if forbidden == value {
				return false
			}
			continue
		}
		matched = matched || entry == value
	}
	return matched || negated == len(list)
}
