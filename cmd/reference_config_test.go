package cmd

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/config"
)

// configReference lists the keys that ipnpm acts on, which is found in the
// source, not promised: a key counts when some code asks the configuration
// for it. The others are listed by name, as known and without effect.
func configReference(t *testing.T) []byte {
	read := keysRead(t)
	var b bytes.Buffer
	b.WriteString(`<!-- ipnpm help npmrc; man 5 ipnpmrc; generated from the program by make docs -->
# Configuration: .npmrc and its keys

The files, their dialect and their order are npm's: defaults, the global npmrc,
` + "`~/.npmrc`" + `, the project's ` + "`.npmrc`" + `, the environment and the command line, the later
winning. In the environment a key is ` + "`npm_config_<key>`" + ` with ` + "`_`" + ` for ` + "`-`" + `, on the
command line ` + "`--<key>`" + ` where the command takes it; a boolean is also ` + "`--no-<key>`" + `.
` + "`ipnpm config list`" + ` shows what holds and where it comes from.

A wrong value in a file is a warning and the default holds; for keys marked
**strict** it is an error, because to go on would loosen a protection.

Beside these keys there are ` + "`@scope:registry`" + `, the registry of a scope, and the
credentials of a host, as in npm: ` + "`//registry.example/:_authToken`" + `, ` + "`:_auth`" + `,
` + "`:username`" + ` with ` + "`:_password`" + `, ` + "`:certfile`" + ` with ` + "`:keyfile`" + `.

`)
	var idle []string
	for _, k := range config.Keys() {
		if read[k.Name] {
			describeKey(&b, k)
		} else {
			idle = append(idle, "`"+k.Name+"`")
		}
	}
	fmt.Fprintf(&b, "\n## Known, without effect so far\n\nThese keys of npm are read and checked, and nothing follows from them yet (some\nare flags of a command alone, as `--save-dev` is):\n\n%s.\n", strings.Join(idle, ", "))
	return b.Bytes()
}

func describeKey(b *bytes.Buffer, k config.Key) {
	facts := []string{k.Type.String()}
	if len(k.Values) > 0 {
		facts[0] += " `" + strings.ReplaceAll(strings.Join(k.Values, "`, `"), "*", "…") + "`"
	}
	switch {
	case k.DefaultText != "":
		facts = append(facts, "default: "+k.DefaultText)
	case k.Default != "" && k.Default != "null":
		facts = append(facts, "default: `"+k.Default+"`")
	}
	if len(k.Env) > 0 {
		facts = append(facts, "also from `"+strings.Join(k.Env, "`, `")+"`")
	}
	if k.Strict {
		facts = append(facts, "**strict**")
	}
	if k.Own {
		facts = append(facts, "ipnpm's own")
	}
	fmt.Fprintf(b, "- **`%s`** (%s)  \n  %s", k.Name, strings.Join(facts, "; "), k.Description)
	if k.Deprecated != "" {
		fmt.Fprintf(b, " Deprecated: %s.", k.Deprecated)
	}
	b.WriteString("\n")
}

// keysRead finds the key names that the code of cmd and config asks for: the
// literal first argument of a call of one of Config's readers.
func keysRead(t *testing.T) map[string]bool {
	readers := []string{"String", "Bool", "Int", "Duration", "Time", "Strings", "IsSet", "lookup", "Lookup"}
	found := map[string]bool{}
	visit := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(readers, f.Sel.Name) && len(n.Args) > 0 {
				noteLiteral(found, n.Args[0])
			}
		case *ast.IndexExpr: // c.layers[i]["before"]
			noteLiteral(found, n.Index)
		}
		return true
	}
	for _, pattern := range []string{"*.go", filepath.Join("..", "config", "*.go")} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, visit)
		}
	}
	return found
}

func noteLiteral(found map[string]bool, e ast.Expr) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if text, err := strconv.Unquote(lit.Value); err == nil {
			found[text] = true
		}
	}
}
