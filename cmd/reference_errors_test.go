package cmd

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// errorReference is the page of codes.
func errorReference() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- ipnpm help errors; man 7 ipnpm-errors; generated from the program by make docs -->
# Errors and their codes

A command that fails says on standard error what failed, for which package,
required by whom, and in a hint what can be done. With ` + "`--json`" + ` standard output has
npm's object as well, on one line, or beside the result where there is one already:

` + "```json" + `
{"error": {"code": "E404", "summary": "what failed", "detail": "the hints, one a line"}}
` + "```" + `

Scripts go by the code; the texts may change. Where a script of package.json, or
a command that was run, failed, the code is its exit code, a number, as in npm. A registry's
answer with another status than those below has the code ` + "`E`" + ` and that status, as
` + "`E503`" + `. Beside ` + "`ERESOLVE`" + ` there is ` + "`conflict`" + `, with both sides and the chains that
lead to them. The exit code is 1, or the script's, or 130 when it was interrupted.

| code | meaning |
|---|---|
`)
	for _, c := range errorCodes() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.code, c.meaning)
	}
	return b.Bytes()
}

// TestErrorCodes holds the list to the source: every text there that looks like
// a code is in it, and nothing else is.
func TestErrorCodes(t *testing.T) {
	used := codesIn(t, "..")
	for _, other := range []string{"EALLOW", "EXTRANEOUS", "EMPTY", "ERROR", "EDITOR"} { // a code's beginning, and words
		delete(used, other)
	}
	var listed []string
	for _, c := range errorCodes() {
		listed = append(listed, c.code)
		if !used[c.code] && !strings.HasPrefix(c.code, "EALLOW") { // those are put together
			t.Errorf("no error has the code %s", c.code)
		}
	}
	for code := range used {
		if !slices.Contains(listed, code) {
			t.Errorf("the code %s is not in errorCodes, codes.go", code)
		}
	}
	if !slices.IsSorted(listed) {
		t.Error("errorCodes is not sorted")
	}
}

// codesIn are the texts of the product's code that look like error codes, but
// for those of the list.
func codesIn(t *testing.T, root string) map[string]bool {
	looks := regexp.MustCompile(`^E[A-Z0-9]{3,}$`)
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{"bench", "internal", "tools", "testdata", ".git", ".cache"}, e.Name()):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "errorCodes" {
				return false
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && looks.MatchString(text) {
					found[text] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
