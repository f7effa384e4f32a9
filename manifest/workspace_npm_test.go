package manifest

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// mapScript answers with the folders of npm's workspaces, in its order, or with the
// code of its error.
const mapScript = `
const mapWorkspaces = require(process.cwd() + '/node_modules/npm/node_modules/@npmcli/map-workspaces')
const path = require('node:path')
async function answer ({ cwd, pkg }) {
  try {
    const found = await mapWorkspaces({ cwd, pkg: JSON.parse(pkg) })
    return [...found.values()].map(at => path.relative(cwd, at)).join(' ')
  } catch (err) { return err.code || 'an error' }
}`

// oddWorkspaces is a project with what workspaces may be in.
func oddWorkspaces(t *testing.T) string {
	root := t.TempDir()
	for location, text := range map[string]string{
		"packages/a": `{"name": "a"}`, "packages/b": `{"name": "b"}`, "packages/b/inner/deep": `{"name": "deep"}`,
		"packages/B2": `{"name": "b2"}`, "packages/_u": `{"name": "u"}`, "packages/10": `{"name": "ten"}`, "packages/9": `{"name": "nine"}`,
		"packages/a/node_modules/x": `{"name": "x"}`, "packages/.hidden": `{"name": "hidden"}`, "packages/unnamed": `{}`,
		"packages/@s/scoped": `{}`, "apps/web": `{"name": "web"}`, "apps/twin": `{"name": "a"}`, "apps/a": `{"version": "1.0.0"}`,
		"elsewhere/linked": `{"name": "linked"}`, "nested": `{"name": "nested", "workspaces": ["inner/*"]}`, "nested/inner/one": `{"name": "one"}`,
		"with space": `{"name": "spaced"}`, "br{ace": `{"name": "brace"}`,
	} {
		write(t, filepath.Join(root, location, "package.json"), text)
	}
	write(t, filepath.Join(root, "packages/empty/README"), "")
	write(t, filepath.Join(root, "packages/file"), "")
	for name, target := range map[string]string{"packages/link": "../elsewhere/linked", "links": "elsewhere", "packages/gone": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// apart is where npm has another answer: it wants packages of an object and stops at
// null; it reads brackets that nobody closes as they stand, and extended globs.
func apart() map[string]string {
	const malformed, extended = "an error: malformed", "an error: more than"
	return map[string]string{
		`{}`: "", `{"nohoist": ["x"]}`: "", `null`: "",
		`["packages/[a"]`: malformed, `["packages/{a"]`: malformed, `["br{ace"]`: malformed,
		`["packages/{1..10}"]`: extended, `["packages/+(a|b)"]`: extended, `["packages/@(a|b)"]`: extended, `["packages/!(a)"]`: extended,
		`["packages/./a"]`: "packages/a",
	}
}

// TestWorkspacesAsNPM finds the workspaces that npm finds, whatever the patterns.
func TestWorkspacesAsNPM(t *testing.T) {
	root := oddWorkspaces(t)
	type question struct {
		Cwd string `json:"cwd"`
		Pkg string `json:"pkg"`
	}
	var questions []question
	fields := [...]string{
		`[]`, `{"packages": []}`, `{}`, `{"packages": ["packages/a"]}`, `{"nohoist": ["x"]}`, `"packages/*"`, `null`,
		`["packages/*"]`, `["./packages/*"]`, `["/packages/*"]`, `["packages/*/"]`, `["packages//*"]`, `["packages\\*"]`, `["./packages/a/"]`,
		`["packages/**"]`, `["packages/**/*"]`, `["**"]`, `["*"]`, `["*/*"]`, `["packages/*/*/*"]`,
		`["packages/*", "!packages/b"]`, `["packages/*", "!packages/b/"]`, `["packages/*", "!./packages/b"]`, `["!packages/b", "packages/*"]`,
		`["packages/**", "!**/inner/**"]`, `["packages/**", "!packages/b/**"]`, `["packages/**", "!packages/b/**", "packages/b"]`,
		`["packages/*", "!packages/b", "packages/b"]`, `["!!packages/a"]`, `["!packages/a"]`, `["packages/a", "!packages/*"]`,
		`["packages/a/package.json"]`, `["packages/file"]`, `["packages/empty"]`, `["packages/none"]`, `["none/*"]`,
		`["packages/a", "apps/twin"]`, `["packages/a", "packages/a", "./packages/a"]`, `["packages/a", "apps/a"]`, `["apps/*"]`,
		`["nested", "nested/inner/*"]`, `["nested"]`, `["nested/**"]`,
		`["packages/link"]`, `["links/*"]`, `["links/**"]`, `["packages/gone"]`, `["elsewhere/*", "links/*"]`,
		`["packages/unnamed", "packages/@s/*"]`, `["packages/{a,b}"]`, `["packages/{b,a}"]`, `["packages/{a,none}", "{apps,nested}"]`, `["packages/{1..10}"]`,
		`["packages/[ab]"]`, `["packages/[!ab]"]`, `["packages/?"]`, `["packages/+(a|b)"]`, `["packages/@(a|b)"]`, `["packages/!(a)"]`,
		`["packages/.hidden"]`, `["packages/.*"]`, `["with space"]`, `[""]`, `["./"]`, `["."]`, `["packages/a "]`, `["packages/./a"]`, `["packages/../packages/a"]`,
		`["packages/[a"]`, `["packages/{a"]`, `["br{ace"]`,
	}
	for _, field := range fields {
		questions = append(questions, question{root, `{"workspaces": ` + field + `}`})
	}
	npmoracle.Ask(t, npmoracle.Install(t, "npm", npmoracle.NPMVersion), mapScript, questions, func(i int, answer []byte) {
		var npm string
		if err := json.Unmarshal(answer, &npm); err != nil {
			t.Fatal(err)
		}
		want, ours := apart()[fields[i]]
		got := workspacesIn(root, questions[i].Pkg)
		if got == npm && ours || got != npm && !ours || ours && got != want {
			t.Errorf("%s:\nhere %s\nnpm  %s", fields[i], cmp.Or(got, "none"), cmp.Or(npm, "none"))
		}
	})
}

// workspacesIn are those of a package.json, as mapScript has them.
func workspacesIn(root, pkg string) string {
	m, _, err := ParseProject([]byte(pkg), "package.json")
	if field, ok := errors.AsType[*FieldError](err); ok {
		return field.Code
	}
	if err != nil {
		return err.Error()
	}
	found, err := FindWorkspaces(root, m.Workspaces)
	if _, twice := errors.AsType[*DuplicateWorkspaceError](err); twice {
		return "EDUPLICATEWORKSPACE"
	}
	for _, why := range [...]string{"malformed", "more than"} {
		if err != nil && strings.Contains(err.Error(), why) {
			return "an error: " + why
		}
	}
	if err != nil {
		return err.Error()
	}
	var locations []string
	for _, w := range found {
		locations = append(locations, w.Location)
	}
	return strings.Join(locations, " ")
}
