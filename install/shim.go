package install

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
)

// shebang is what the first line of a script says of how to run it.
type shebang struct {
	// prog is the interpreter, "" when there is no such line.
	prog string
	// args follow it.
	args string
	// vars are assignments before it ("#!/usr/bin/env A=1 node"), each with
	// the blank that follows it.
	vars string
}

// parseShebang reads a script's first line as cmd-shim does: env is looked
// through, its -S too.
func parseShebang(data []byte) shebang {
	line, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	rest, ok := strings.CutPrefix(strings.TrimRight(line, "\r"), "#!")
	if !ok {
		return shebang{}
	}
	rest = strings.TrimLeft(rest, " \t")
	var s shebang
	if after, ok := strings.CutPrefix(rest, "/usr/bin/env"); ok && strings.TrimLeft(after, " \t") != after {
		rest = strings.TrimLeft(after, " \t")
		if after, ok := strings.CutPrefix(rest, "-S"); ok && strings.TrimLeft(after, " \t") != after {
			rest = strings.TrimLeft(after, " \t")
		}
		for {
			word, after := cutWord(rest)
			if name, value, ok := strings.Cut(word, "="); !ok || name == "" || value == "" || after == "" {
				break
			}
			s.vars += rest[:len(rest)-len(after)]
			rest = after
		}
	}
	s.prog = rest
	if i := strings.IndexAny(rest, " \t"); i >= 0 {
		s.prog, s.args = rest[:i], rest[i:]
	}
	return s
}

// cutWord splits off the first word, and the blanks after it.
func cutWord(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

// shims are the three files that stand for a symbolic link on Windows: for
// POSIX shells (Cygwin, Git Bash), cmd.exe and PowerShell.
type shims struct{ sh, cmd, ps1 string }

// newShims renders the shims for a script at target, a slash path relative to
// their folder. They behave as npm's do: an interpreter beside the shim comes
// before that of the search path, and arguments and exit codes pass through.
func newShims(target string, s shebang) shims {
	return shims{shText(target, s), cmdText(target, s), ps1Text(target, s)}
}

func shText(target string, s shebang) string {
	const head = `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")

case ` + "`uname`" + ` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=` + "`cygpath -w \"$basedir\"`" + `
        fi
    ;;
esac

`
	script := `"$basedir/` + target + `"`
	if s.prog == "" {
		return head + "exec " + script + "   \"$@\"\n"
	}
	prog := strings.ReplaceAll(s.prog, `\`, "/")
	args := strings.TrimSpace(s.args)
	beside := `"$basedir/` + s.prog + `"`
	run := func(p string) string {
		return "  exec " + s.vars + p + " " + args + " " + script + " \"$@\"\n"
	}
	return head + "if [ -x " + beside + " ]; then\n" + run(beside) + "else \n" + run(prog) + "fi\n"
}

func cmdText(target string, s shebang) string {
	const head = "@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n" +
		":start\r\nSETLOCAL\r\nCALL :find_dp0\r\n"
	script := `"%dp0%\` + strings.ReplaceAll(target, "/", `\`) + `"`
	if s.prog == "" {
		return head + script + "   %*\r\n"
	}
	unquoted := strings.Trim(s.prog, `"`)
	return head + setCommands(s.vars) + "\r\n" +
		`IF EXIST "%dp0%\` + s.prog + `.exe" (` + "\r\n" +
		`  SET "_prog=%dp0%\` + s.prog + `.exe"` + "\r\n" +
		") ELSE (\r\n" +
		`  SET "_prog=` + unquoted + `"` + "\r\n" +
		"  SET PATHEXT=%PATHEXT:;.JS;=;%\r\n" +
		")\r\n\r\n" +
		// Ends the batch context first, so that ^C asks no questions.
		"endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & " +
		`"%_prog%" ` + strings.TrimSpace(s.args) + " " + script + " %*\r\n"
}

// setCommands turns the assignments of a #! line into batch commands.
func setCommands(vars string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(vars) {
		if key, value, ok := strings.Cut(word, "="); ok && key != "" && value != "" {
			b.WriteString("@SET " + key + "=" + batchVariables(value) + "\r\n")
		}
	}
	return b.String()
}

// batchVariables writes $A and ${A} as %A%.
func batchVariables(value string) string {
	return regexp.MustCompile(`\$\{?([^$@#?\- \t{}:]+)\}?`).ReplaceAllString(value, "%$1%")
}

func ps1Text(target string, s shebang) string {
	const head = `#!/usr/bin/env pwsh
$basedir=Split-Path $MyInvocation.MyCommand.Definition -Parent

$exe=""
if ($PSVersionTable.PSVersion -lt "6.0" -or $IsWindows) {
  # Fix case when both the Windows and Linux builds of Node
  # are installed in the same directory
  $exe=".exe"
}
`
	script := `"$basedir/` + target + `"`
	if s.prog == "" {
		return head + ps1Call("", script+"  ") + "exit $LASTEXITCODE\n"
	}
	prog := strings.ReplaceAll(s.prog, `\`, "/")
	call := func(p string) string {
		return ps1Call("  ", p+" "+strings.TrimSpace(s.args)+" "+script) + "  $ret=$LASTEXITCODE\n"
	}
	beside := `"$basedir/` + s.prog + `$exe"`
	return head + "$ret=0\nif (Test-Path " + beside + ") {\n" + call(beside) +
		"} else {\n" + call(`"`+prog+`$exe"`) + "}\nexit $ret\n"
}

// ps1Call runs a command line, handing on the pipeline's input if there is one.
func ps1Call(indent, line string) string {
	return indent + "# Support pipeline input\n" +
		indent + "if ($MyInvocation.ExpectingInput) {\n" +
		indent + "  $input | & " + line + " $args\n" +
		indent + "} else {\n" +
		indent + "  & " + line + " $args\n" +
		indent + "}\n"
}

// writeShims writes the three files at a command's path.
func writeShims(at, target, script string) error {
	s := newShims(target, parseShebang(readHead(script)))
	for _, f := range []struct{ path, text string }{{at, s.sh}, {at + ".cmd", s.cmd}, {at + ".ps1", s.ps1}} {
		have, err := os.ReadFile(f.path)
		if err == nil && string(have) == f.text {
			continue
		}
		// Whatever is there (a link, above all) is not written through.
		if err := os.RemoveAll(f.path); err != nil {
			return err
		}
		if err := os.WriteFile(f.path, []byte(f.text), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// isShimOfOther says that a command has the name of another's shim, as a.cmd has
// beside a. It gets none: else the order of writing would tell which package
// cmd.exe runs as a.
func isShimOfOther(name string, bins map[string]bin) bool {
	for _, suffix := range [...]string{".cmd", ".ps1"} {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			if _, taken := bins[stem]; taken {
				return true
			}
		}
	}
	return false
}

// isShim recognises files that [newShims] or npm made.
func isShim(file string) bool {
	head := readHead(file)
	for _, sign := range []string{
		"#!/bin/sh\nbasedir=$(dirname",
		"@ECHO off\r\nGOTO start\r\n:find_dp0\r\n",
		"#!/usr/bin/env pwsh\n$basedir=Split-Path",
	} {
		if bytes.HasPrefix(head, []byte(sign)) {
			return true
		}
	}
	return false
}

// readHead reads the beginning of a file; nothing, if it cannot.
func readHead(file string) []byte {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	buf := make([]byte, shebangWindow)
	n, _ := io.ReadFull(f, buf)
	return buf[:n]
}
