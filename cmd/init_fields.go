package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// fill writes the fields that package.json lacks, in npm's order.
func (d *draft) fill() error {
	for _, field := range [...]func() error{
		d.name, d.version, d.description, d.main, d.directories, d.scripts, d.repository, d.keywords,
		d.author, d.license, d.kind, d.private,
	} {
		if err := field(); err != nil {
			return err
		}
	}
	return nil
}

// put writes a field that is not there yet.
func (d *draft) put(field string, value any) error {
	if d.has(field) {
		return nil
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // as JavaScript writes it
	if err := e.Encode(value); err != nil {
		return err
	}
	return d.file.Put(manifest.FieldQuery(field), text.Bytes(), false)
}

func (d *draft) has(field string) bool { return slices.Contains(d.file.Keys(), field) }

// text asks for a field of text and writes it, unless it is there or the
// answer is empty.
func (d *draft) text(field, question, proposal string) error {
	if d.has(field) {
		return nil
	}
	answer, err := d.question(question, proposal)
	if err != nil || answer == "" {
		return err
	}
	return d.put(field, answer)
}

// name proposes that of the folder, as npm words it.
func (d *draft) name() error {
	if d.has("name") {
		return nil
	}
	name := strings.ToLower(strings.Join(strings.Fields(filepath.Base(d.app.Dir)), "-"))
	name = strings.TrimPrefix(name, "node-")
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".js"), "-js")
	if scope := d.cfg.String("scope"); scope != "" {
		name = "@" + strings.TrimPrefix(scope, "@") + "/" + name
	}
	for {
		answer, err := d.question("package name:", name)
		if err != nil {
			return err
		}
		err = manifest.ValidateName(answer)
		if err == nil {
			return d.put("name", answer)
		}
		if !d.ask {
			return &hintError{err: fmt.Errorf("the folder's name makes no package name: %w", err), hint: "without -y init asks for one"}
		}
		d.app.warn("%v", err)
	}
}

func (d *draft) version() error {
	if d.has("version") {
		return nil
	}
	for {
		answer, err := d.question("version:", d.cfg.String("init-version"))
		if err != nil {
			return err
		}
		if _, err = npmrange.ParseVersion(answer, false); err == nil {
			return d.put("version", answer)
		}
		if !d.ask {
			return &hintError{err: fmt.Errorf("init-version: %w", err), hint: "correct it in .npmrc or on the command line"}
		}
		d.app.warn("%v", err)
	}
}

func (d *draft) description() error {
	if d.has("description") {
		return nil
	}
	answer, err := d.question("description:", "")
	if err != nil {
		return err
	}
	return d.put("description", answer)
}

// main proposes index.js, main.js, NAME.js or the first of other programs.
func (d *draft) main() error {
	files := d.files(".", ".js")
	proposal := "index.js"
	if len(files) > 0 {
		proposal = files[0]
	}
	for _, likely := range [...]string{filepath.Base(d.app.Dir) + ".js", "main.js", "index.js"} {
		if slices.Contains(files, likely) {
			proposal = likely
		}
	}
	return d.text("main", "entry point:", proposal)
}

// files are the names in a folder that end in a suffix, sorted.
func (d *draft) files(dir, suffix string) []string {
	entries, _ := os.ReadDir(filepath.Join(d.app.Dir, dir)) // none is none
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			out = append(out, e.Name())
		}
	}
	return out
}

// directories tells of folders with usual names, and of a first program in bin.
func (d *draft) directories() error {
	found := map[string]string{}
	for _, name := range d.files(".", "") {
		switch name {
		case "example", "test", "doc", "man", "lib":
			found[name] = name
		case "examples", "tests", "docs":
			found[strings.TrimSuffix(name, "s")] = name
		}
	}
	if programs := d.files("bin", ".js"); len(programs) > 0 {
		if err := d.put("bin", map[string]string{unscoped(d.file.Manifest.Name): "bin/" + programs[0]}); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	return d.put("directories", found)
}

func unscoped(name string) string { return name[strings.LastIndex(name, "/")+1:] }

func (d *draft) scripts() error {
	if d.has("scripts") {
		return nil
	}
	const none = `echo "Error: no test specified" && exit 1`
	command := ""
	for _, tool := range [...][2]string{{"tap", "tap test/*.js"}, {"expresso", "expresso test"}, {"mocha", "mocha"}} {
		if len(d.files(filepath.Join("node_modules", tool[0]), "")) > 0 {
			command = tool[1]
		}
	}
	answer, err := d.question("test command:", command)
	if err != nil {
		return err
	}
	return d.put("scripts", map[string]string{"test": firstNonEmpty(answer, none)})
}

// repository proposes git's origin.
func (d *draft) repository() error {
	if d.has("repository") {
		return nil
	}
	url, err := d.question("git repository:", d.origin())
	if err != nil || url == "" {
		return err
	}
	if strings.HasPrefix(url, "https://") {
		url = "git+" + url
	}
	return d.put("repository", map[string]string{"type": "git", "url": url})
}

func (d *draft) origin() string {
	data, _ := os.ReadFile(filepath.Join(d.app.Dir, ".git", "config")) // none is no repository
	_, rest, _ := strings.Cut(string(data), "[remote \"origin\"]")
	for line := range strings.Lines(rest) {
		key, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(line, "[") {
			break
		}
		if strings.TrimSpace(key) == "url" {
			url := strings.TrimSpace(value)
			if path, ok := strings.CutPrefix(url, "git@github.com:"); ok {
				return "https://github.com/" + path
			}
			return url
		}
	}
	return ""
}

func (d *draft) keywords() error {
	if d.has("keywords") {
		return nil
	}
	answer, err := d.question("keywords:", "")
	if err != nil {
		return err
	}
	words := strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	return d.put("keywords", append([]string{}, words...))
}

func (d *draft) author() error {
	author := d.cfg.String("init-author-name")
	if mail := d.cfg.String("init-author-email"); author != "" && mail != "" {
		author += " <" + mail + ">"
	}
	if url := d.cfg.String("init-author-url"); author != "" && url != "" {
		author += " (" + url + ")"
	}
	return d.text("author", "author:", author)
}

func (d *draft) license() error { return d.text("license", "license:", d.cfg.String("init-license")) }

func (d *draft) kind() error { return d.text("type", "type:", d.cfg.String("init-type")) }

func (d *draft) private() error {
	if !d.cfg.IsSet("init-private") {
		return nil
	}
	return d.put("private", d.cfg.Bool("init-private"))
}
