package sbom

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
)

const packageJSON = `{"name": "@me/p", "version": "1.0.0+b", "dependencies": {"a": "^1.0.0", "from-git": "git+ssh://git@host.example/x.git"},
	"devDependencies": {"odd": "1"}, "optionalDependencies": {"none": "1"}}`

const packages = `"node_modules/a": {"version": "1.0.0", "license": "(MIT OR Apache-2.0)", "dependencies": {"@s/b": "1"},
		"cid": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="},
	"node_modules/@s/b": {"version": "1.0.0", "license": "SEE LICENSE IN x", "peerDependencies": {"a": "1"}},
	"node_modules/from-git": {"version": "2.0.0", "resolved": "git+ssh://git@host.example/x.git#0123456789012345678901234567890123456789"},
	"node_modules/odd": {"version": "1.0.0", "dev": true}`

func options(t *testing.T) Options {
	t.Helper()
	m, err := manifest.Parse([]byte(packageJSON))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := lockfile.Parse([]byte(`{"lockfileVersion": 1, "packages": {"": ` + packageJSON + `, ` + packages + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	g, err := tree.Locked(context.Background(), tree.Options{Dir: t.TempDir(), Root: m, Lock: lock})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Root: g.Root, Nodes: g.Nodes, Type: "application", Time: time.Unix(1e9, 0), Tool: "ipnpm", Version: "1"}
}

// check validates a document against the official schema and returns its text.
func check(t *testing.T, doc any, schema string) string {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range []string{"bom-1.5.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json", "spdx-2.3.schema.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		// They refer to each other by file name.
		if err := c.AddResource("http://cyclonedx.org/schema/"+name, parsed); err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := c.Compile("http://cyclonedx.org/schema/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	return string(text)
}

func TestDocuments(t *testing.T) {
	o := options(t)
	for _, c := range []struct {
		schema string
		write  func(Options) any
		want   []string
	}{
		{"bom-1.5.SNAPSHOT.schema.json", CycloneDX, []string{
			`"bom-ref":"a@1.0.0","type":"library","name":"a"`, `"purl":"pkg:npm/%40s/b@1.0.0"`, `"purl":"pkg:npm/%40me/p@1.0.0%2Bb"`,
			`"ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"`, `{"expression":"(MIT OR Apache-2.0)"}`,
			`{"license":{"name":"SEE LICENSE IN x"}}`, `{"alg":"SHA-512","content":"cf83e1357eefb8bd`,
			`"name":"cdx:npm:package:development"`, `"type":"application","name":"@me/p"`, `"timestamp":"2001-09-09T01:46:40Z"`,
			`{"ref":"a@1.0.0","dependsOn":["@s/b@1.0.0"]}`,
		}},
		{"spdx-2.3.schema.json", SPDX, []string{
			`"SPDXID":"SPDXRef-Package-s.b-1.0.0"`, `"licenseDeclared":"(MIT OR Apache-2.0)"`, `"primaryPackagePurpose":"APPLICATION"`,
			`{"spdxElementId":"SPDXRef-Package-a-1.0.0","relatedSpdxElement":"SPDXRef-Package-s.b-1.0.0","relationshipType":"PREREQUISITE_FOR"}`,
			`"relationshipType":"DEV_DEPENDENCY_OF"`, `"checksums":[{"algorithm":"SHA512","checksumValue":"cf83e1357eefb8bd`,
			`"referenceLocator":"ipfs://bafkrei`, `?vcs_url=git%2Bssh`,
		}},
	} {
		text := check(t, c.write(o), c.schema)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s:\n%s", c.schema, want, text)
			}
		}
		if strings.Contains(text, "none") && strings.Contains(text, `"none@`) {
			t.Errorf("%s has what is not there", c.schema)
		}
		if again := check(t, c.write(options(t)), c.schema); again != text {
			t.Errorf("%s: the same input gives\n%s\nand\n%s", c.schema, text, again)
		}
	}
}

func TestIsExpression(t *testing.T) {
	for text, want := range map[string]bool{
		"MIT": true, "(MIT OR Apache-2.0)": true, "GPL-2.0+ WITH Classpath-exception-2.0": true, "LicenseRef-x": true,
		"": false, "MIT OR": false, "(MIT": false, "SEE LICENSE IN x": false, "MIT, BSD": false, "UNLICENSED": false, ")MIT(": false,
	} {
		if isExpression(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
