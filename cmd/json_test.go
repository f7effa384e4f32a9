package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/ipfsstore/embedded"
)

// jsonTour runs every command with --json, in one process and one project, as
// testdata/json/tour.txtar has it: files, the packages of a registry, and in its
// comment a step a line:
//
//	NAME: ARGS         ends well and prints what is in NAME.json
//	NAME 1: ARGS       the same, with that exit code
//	NAME !: ARGS       goes on, and is ended after its first line
//	NAME ~: ARGS       prints JSON that is as docs/json.md says, in no file
//	-: ARGS            prints nothing
//	write FILE TEXT, append FILE TEXT, remove FILE
//
// A name is that of the command, "_" for its spaces, with a variant after a dot.
type jsonTour struct {
	t      *testing.T
	page   *jsonPage
	dir    string
	env    []string
	masks  *strings.Replacer
	host   string          // of the registry, "$HOST" in files
	called map[string]bool // by command path
}

// TestJSON holds the results of all commands to testdata/json and to docs/json.md:
//
//	go test ./cmd -run TestJSON -update
//
// writes the files.
func TestJSON(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "json", "tour.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	x := newJSONTour(t, archive)
	for line := range strings.Lines(string(archive.Comment)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			x.step(line)
		}
	}
	x.page.unseen(t)
	for _, c := range runnable(rootFor("help")) {
		if path := commandName(c); !x.called[path] && !x.page.isApart(path) {
			t.Errorf("`%s` is not in the tour", path)
		}
	}
}

func newJSONTour(t *testing.T, archive *txtar.Archive) *jsonTour {
	server, home := registrytest.New(t), t.TempDir()
	server.Sign()
	x := &jsonTour{t: t, page: readJSONPage(t), dir: filepath.Join(t.TempDir(), "shop"), called: map[string]bool{}}
	for _, f := range archive.Files {
		switch f.Name {
		case "packages":
			server.AddLines(string(f.Data))
		case "advisories":
			server.Advise(string(f.Data))
		default:
			x.write(f.Name, string(f.Data))
		}
	}
	kubo := kubotest.Start(t, kubotest.Options{}).API
	x.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_registry=" + server.URL,
		"npm_config_ipfs=kubo:" + kubo, "npm_config_ipfs_lan=false", "npm_config_browser=false",
		"npm_config_prefix=" + home + "/global",
	}
	x.host = strings.TrimPrefix(strings.TrimSuffix(server.URL, "/"), "http://")
	x.masks = strings.NewReplacer(x.dir, "$PROJECT", home, "$HOME", server.URL, "$REGISTRY/", x.host, "$HOST", kubo, "$KUBO")
	return x
}

func (x *jsonTour) step(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	file, text, _ := strings.Cut(rest, " ")
	switch verb {
	case "write":
		x.write(file, text+"\n")
	case "append":
		old, err := os.ReadFile(filepath.Join(x.dir, file))
		if err != nil {
			x.t.Fatal(err)
		}
		x.write(file, string(old)+text+"\n")
	case "remove":
		if err := os.RemoveAll(filepath.Join(x.dir, rest)); err != nil {
			x.t.Fatal(err)
		}
	default:
		label, args, _ := strings.Cut(line, ": ")
		x.command(label, strings.Fields(args))
	}
}

func (x *jsonTour) write(file, text string) {
	path := filepath.Join(x.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		x.t.Fatal(err)
	}
	text = strings.ReplaceAll(text, "$HOST", x.host)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		x.t.Fatal(err)
	}
}

// command is one step that runs ipnpm.
func (x *jsonTour) command(label string, args []string) {
	name, mark, _ := strings.Cut(label, " ")
	want := 0
	if mark != "" && mark != "~" && mark != "!" {
		_, _ = fmt.Sscan(mark, &want)
	}
	c, _, err := rootFor(args...).Find(args)
	if err != nil {
		x.t.Fatalf("%v: %v", args, err)
	}
	x.called[commandName(c)] = true
	ctx, end := context.WithCancel(x.t.Context())
	defer end()
	var out, said bytes.Buffer
	var stdout io.Writer = &out
	if mark == "!" {
		stdout = io.MultiWriter(&out, lineEnder(end))
	}
	code := MainWith(ctx, Streams{In: strings.NewReader(""), Out: stdout, Err: &said, Env: x.env, Dir: x.dir}, append([]string{"--json"}, args...), embedded.Network{})
	if code != want {
		x.t.Errorf("%s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, &out, &said)
		return
	}
	if name == "-" {
		if out.Len() > 0 {
			x.t.Errorf("%s: prints %s", strings.Join(args, " "), &out)
		}
		return
	}
	x.compare(name, commandName(c), mark == "~", out.Bytes())
}

// lineEnder ends a command once it has written.
type lineEnder func()

// Write implements io.Writer.
func (end lineEnder) Write(p []byte) (int, error) {
	end()
	return len(p), nil
}

// compare holds one result to the page and to its file.
func (x *jsonTour) compare(name, command string, loose bool, out []byte) {
	value, err := oneValue(out)
	if err != nil {
		x.t.Errorf("%s: %v: %s", name, err, out)
		return
	}
	if base, _, _ := strings.Cut(name, "."); base != strings.ReplaceAll(command, " ", "_") {
		x.t.Errorf("%s is the result of %s", name, command)
	}
	x.page.check(x.t, name, command, value)
	if loose {
		return
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(x.masked(command, "", value)); err != nil {
		x.t.Fatal(err)
	}
	checkDoc(x.t, filepath.Join("testdata", "json", name+".json"), text.Bytes())
}

// oneValue reads the only JSON value of an output.
func oneValue(out []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value")
	}
	return value, nil
}

// masked is a value without what differs from run to run or from machine to
// machine: counts of bytes and milliseconds are 0, some texts are hidden by their
// key, the rest by their form.
func (x *jsonTour) masked(command, key string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, each := range v {
			out[x.masks.Replace(k)] = x.masked(command, k, each)
		}
		return out
	case []any:
		for i := range v {
			v[i] = x.masked(command, key, v[i])
		}
	case json.Number:
		if slices.Contains([]string{"took_ms", "time", "bytes", "blocks", "freed", "items"}, key) {
			return 0
		}
	case string:
		if mask, ok := hiddenTexts()[command+" "+key]; ok {
			return mask
		}
		return x.maskedText(v)
	}
	return value
}

// hiddenTexts are what stands in a file for the texts of a command and a key.
func hiddenTexts() map[string]string {
	return map[string]string{
		"version go": "$VERSION", "version node": "$VERSION", "version ipnpm": "$VERSION", "version platform": "$PLATFORM",
		"doctor detail": "$DETAIL", "verify detail": "$DETAIL", "registry show npm": "$NPM", "serve peer": "$PEER",
		"sbom serialNumber": "$UUID", "sbom documentNamespace": "$UUID",
	}
}

// maskedText hides addresses, times of now, keys, and what is made of them: IPNS
// names, signatures, and the CIDs of directories. Those of single blocks stay.
func (x *jsonTour) maskedText(text string) string {
	text = x.masks.Replace(text)
	for _, mask := range [...]struct{ pattern, text string }{
		{`\bk51[a-z0-9]{20,}`, "$$IPNS"},
		{`127\.0\.0\.1:[0-9]+`, "127.0.0.1:$$PORT"},
		{`/tcp/[0-9]+/p2p/12D3[A-Za-z0-9]+`, "/tcp/$$PORT/p2p/$$PEER"},
		{`^(SHA256:|MFkw)[A-Za-z0-9+/=]{40,}$`, "$$KEY"},
		{`^ME[A-Za-z0-9+/=]{90,}$`, "$$SIGNATURE"},
		{`\bbafybei[a-z0-9]{20,}`, "$$ROOT"},
		{`\b20(2[6-9]|[3-9][0-9])-[0-9-]{5}T[0-9:.]+Z`, "$$TIME"},
	} {
		text = regexp.MustCompile(mask.pattern).ReplaceAllString(text, mask.text)
	}
	return text
}

// TestFollowLines sees that a command which goes on prints a value a line, an
// error too.
func TestFollowLines(t *testing.T) {
	server := registrytest.New(t)
	server.AddLines("money@1.0.0\n")
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "npm_config_registry=" + server.URL,
		"npm_config_ipfs=embedded", "npm_config_ipfs_lan=false", "npm_config_fetch_retries=0"}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var lines []string
	run := func(args ...string) int {
		out := func(line string) {
			switch lines = append(lines, line); len(lines) {
			case 3: // of the first pass, and what made the registry
				server.Close()
			case 4:
				end()
			}
		}
		return Main(ctx, Streams{In: strings.NewReader(""), Out: lineTaker(out), Err: io.Discard, Env: env, Dir: t.TempDir()}, args)
	}
	if code := run("registry", "create", "team", "--json"); code != 0 {
		t.Fatalf("exit code %d: %q", code, lines)
	}
	code := run("registry", "follow", "money", "--publish", "--interval=1s", "--json")
	for i, begins := range []string{`{`, `{"name":"team"`, `{"ipns":"k51`, `{"error":{"code":"ECONNREFUSED"`, `{"error":{"code":"EINTERRUPTED"`} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], begins) {
			t.Fatalf("exit code %d, line %d is not %s…: %q", code, i, begins, lines)
		}
		if _, err := oneValue([]byte(lines[i])); err != nil || i > 0 && strings.Count(lines[i], "\n") != 1 {
			t.Errorf("line %d: %v: %q", i, err, lines[i])
		}
	}
}

// lineTaker gets what a command writes, a line or a result at a time.
type lineTaker func(string)

// Write implements io.Writer.
func (take lineTaker) Write(p []byte) (int, error) {
	take(string(p))
	return len(p), nil
}

// runnable are the commands that do something by themselves.
func runnable(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	if c.HasParent() && c.Runnable() && !c.HasAvailableSubCommands() || c.Name() == "patch" || c.Name() == "audit" {
		out = append(out, c)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			out = append(out, runnable(sub)...)
		}
	}
	return out
}

// commandName is a command's path without the program's name.
func commandName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), "ipnpm ")
}

// TestJSONErrors sees that each command has npm's error object, and nothing else
// on standard output.
func TestJSONErrors(t *testing.T) {
	for _, c := range runnable(rootFor("help")) {
		var out, said bytes.Buffer
		args := append(strings.Fields(commandName(c)), "--json", "--no-such-flag-of-any")
		code := Main(t.Context(), Streams{In: strings.NewReader(""), Out: &out, Err: &said, Dir: t.TempDir()}, args)
		want := `{"error":{"code":"EUNKNOWNCONFIG",`
		if _, err := oneValue(out.Bytes()); code != 1 || err != nil || !strings.HasPrefix(out.String(), want) || !strings.HasPrefix(said.String(), "error: ") {
			t.Errorf("%v: exit code %d, %v, %s", args, code, err, &out)
		}
	}
}
