package manifest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckDevEngines(t *testing.T) {
	have := map[string][]Engine{
		"packageManager": {{"ipnpm", "0.9.0"}, {"npm", "12.2.0"}},
		"runtime":        {{"node", "24.1.0"}},
		"os":             {{"linux", ""}}, "cpu": {{"x64", ""}}, "libc": {{"", ""}},
	}
	for text, want := range map[string]string{
		`{}`:                                  "",
		`{"packageManager": {"name": "npm"}}`: "",
		`{"packageManager": {"name": "ipnpm", "version": "^0.9.0"}}`:                                            "",
		`{"packageManager": {"name": "npm", "version": ">=13"}}`:                                                "npm >=13 is wanted, and this is 12.2.0",
		`{"packageManager": {"name": "pnpm", "onFail": "download"}}`:                                            "pnpm is wanted, and this is ipnpm or npm",
		`{"packageManager": {"name": "pnpm", "onFail": "warn"}}`:                                                "warn: pnpm is wanted",
		`{"packageManager": {"name": "pnpm", "onFail": "ignore"}}`:                                              "",
		`{"runtime": [{"name": "bun"}, {"name": "node", "version": "24.x"}]}`:                                   "",
		`{"runtime": [{"name": "bun", "onFail": "error"}, {"name": "node", "version": "1", "onFail": "warn"}]}`: "warn: bun is wanted, and this is node; node 1 is wanted",
		`{"runtime": []}`: "",
		`{"os": {"name": "linux"}, "cpu": {"name": "arm64"}}`: "cpu of package.json: arm64 is wanted",
		`{"os": {"name": "linux", "version": "6"}}`:           "of no known version",
		`{"shell": {"name": "sh"}}`:                           "no such engine",
		`{"runtime": "node"}`:                                 "no object",
		`{"runtime": {"name": 1}}`:                            `"name"`,
		`{"runtime": {"version": "1"}}`:                       "no name",
		`{"runtime": {"name": "node", "x": "1"}}`:             `"x"`,
		`{"runtime": {"name": "node", "onFail": "cry"}}`:      "onFail that there is not",
		`[]`: "no object",
	} {
		m := &Manifest{DevEngines: json.RawMessage(text)}
		var got []string
		for _, e := range m.CheckDevEngines(have) {
			line := e.Error()
			if e.Warn {
				line = strings.Replace(line, "devEngines.runtime of package.json: ", "", 1)
				line = "warn: " + strings.Replace(line, "devEngines.packageManager of package.json: ", "", 1)
			}
			got = append(got, line)
		}
		if said := strings.Join(got, "\n"); !strings.Contains(said, want) || (said == "") != (want == "") {
			t.Errorf("%s: %q, want %q", text, said, want)
		}
	}
}
