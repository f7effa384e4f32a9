package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tree"
)

// documents are a registry in memory: "name@version dependency@range …" a line.
type documents map[string]*registry.Packument

func (d documents) Packument(_ context.Context, name string) (*registry.Packument, error) {
	if p := d[name]; p != nil {
		return p, nil
	}
	return nil, &registry.NotFoundError{Name: name}
}

func parseDocuments(t *testing.T, lines string) documents {
	t.Helper()
	wire := map[string]map[string]any{}
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, version, _ := strings.Cut(fields[0], "@")
		deps := map[string]string{}
		for _, dep := range fields[1:] {
			on, spec, _ := strings.Cut(dep, "@")
			deps[on] = spec
		}
		if wire[name] == nil {
			wire[name] = map[string]any{}
		}
		wire[name][version] = map[string]any{"name": name, "version": version, "dependencies": deps, "dist": map[string]any{"integrity": "sha512-x"}}
	}
	out := documents{}
	for name, versions := range wire {
		data, err := json.Marshal(map[string]any{
			"name": name, "versions": versions, "dist-tags": map[string]string{"latest": slices.Max(slices.Collect(maps.Keys(versions)))},
		})
		if err != nil {
			t.Fatal(err)
		}
		if out[name], err = registry.Parse(data); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// graph is the tree of a lockfile and its root's package.json.
func graph(t *testing.T, packageJSON, packages string) *tree.Graph {
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
	return g
}

// found writes a report as "name range severity fix < via" lines.
func found(r *Report) string {
	var b strings.Builder
	for _, v := range r.Vulnerabilities {
		fix := "none"
		switch {
		case v.Fix.InRange && v.Fix.Blocked != "":
			fix = "too young " + v.Fix.Blocked
		case v.Fix.InRange:
			fix = "in range"
		case v.Fix.Version != "":
			fix = fmt.Sprintf("%s@%s major=%v", v.Fix.Name, v.Fix.Version, v.Fix.Major)
		}
		fmt.Fprintf(&b, "%s %s, %s, %s", v.Name, v.Range(), v.Severity(), fix)
		if via := v.Via(); len(via) > 0 {
			b.WriteString(" < " + strings.Join(via, ","))
		}
		b.WriteString("\n")
	}
	return b.String()
}

const registryLines = `
	weak@1.0.0
	weak@1.1.0
	weak@2.0.0
	user@1.0.0 weak@^1.0.0
	user@1.1.0 weak@^1.0.0
	user@1.2.0 weak@^2.0.0
	top@1.0.0 user@1.1.0
	top@2.0.0 user@^1.2.0
	bound@1.0.0 weak@next`

const lockedTop = `"node_modules/top": {"version": "1.0.0", "dependencies": {"user": "1.1.0"}},
	"node_modules/user": {"version": "1.1.0", "dependencies": {"weak": "^1.0.0"}},
	"node_modules/weak": {"version": "1.0.0"}`

func TestRun(t *testing.T) {
	for _, c := range []struct{ name, root, packages, vulnerable, want string }{
		{"a fix in range", `{"dependencies": {"weak": "^1.0.0"}}`, `"node_modules/weak": {"version": "1.0.0"}`, "<1.1.0",
			"weak 1.0.0, high, in range\n"},
		{"out of range", `{"dependencies": {"weak": "1.0.0"}}`, `"node_modules/weak": {"version": "1.0.0"}`, "<1.1.0",
			"weak 1.0.0, high, weak@1.1.0 major=false\n"},
		{"another major", `{"dependencies": {"weak": "^1.0.0"}}`, `"node_modules/weak": {"version": "1.0.0"}`, "<2",
			"weak <2, high, weak@2.0.0 major=true\n"},
		{"none", `{"dependencies": {"weak": "^1.0.0"}}`, `"node_modules/weak": {"version": "1.0.0"}`, "*",
			"weak *, high, none\n"},
		{"not there", `{"dependencies": {"weak": "^2.0.0"}}`, `"node_modules/weak": {"version": "2.0.0"}`, "<2", ""},
		{"passed on", `{"dependencies": {"top": "^1.0.0"}}`, lockedTop, "<2",
			"top 1.0.0, high, top@2.0.0 major=true < user\n" +
				"user <=1.1.0, high, top@2.0.0 major=true < weak\n" +
				"weak <2, high, top@2.0.0 major=true\n"},
		{"not passed on where the spec admits another", `{"dependencies": {"top": "^1.0.0"}}`, lockedTop, "<1.1.0",
			"weak 1.0.0, high, in range\n"},
		{"what is no range may be anything", `{"dependencies": {"bound": "*"}}`,
			`"node_modules/bound": {"version": "1.0.0", "dependencies": {"weak": "next"}}, "node_modules/weak": {"version": "1.0.0"}`, "<2",
			"bound *, high, none < weak\nweak <2, high, none\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			known := registry.Advisories{
				"weak":  {{ID: 1, Severity: "high", Vulnerable: c.vulnerable}},
				"other": {{ID: 2, Severity: "critical", Vulnerable: "*"}},
			}
			r, err := Run(context.Background(), Options{Graph: graph(t, c.root, c.packages), Documents: parseDocuments(t, registryLines)}, known)
			if err != nil {
				t.Fatal(err)
			}
			if got := found(r); got != c.want {
				t.Errorf("found:\n%swant:\n%s", got, c.want)
			}
		})
	}
}

// A fix that min-release-age keeps back is told, as npm 12 does.
func TestRunReleaseAge(t *testing.T) {
	docs := parseDocuments(t, registryLines)
	cutOff := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for v, at := range map[string]time.Time{"1.0.0": cutOff.AddDate(-1, 0, 0), "1.1.0": cutOff.AddDate(0, 1, 0), "2.0.0": cutOff.AddDate(0, 1, 0)} {
		was, err := docs["weak"].Version(v)
		if err != nil {
			t.Fatal(err)
		}
		timed := *was
		timed.Time = at
		docs["weak"].Set(&timed)
	}
	o := Options{
		Graph:     graph(t, `{"dependencies": {"weak": "^1.0.0"}}`, `"node_modules/weak": {"version": "1.0.0"}`),
		Documents: docs,
	}
	o.Pick.Before = cutOff
	r, err := Run(context.Background(), o, registry.Advisories{"weak": {{ID: 1, Severity: "low", Vulnerable: "<1.1.0"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := found(r), "weak 1.0.0, low, too young 1.1.0\n"; got != want {
		t.Errorf("found %swant %s", got, want)
	}
	if !r.Reaches("") || r.Reaches("moderate") || r.Reaches("none") {
		t.Error("the level of a low one")
	}
}

func TestRangeOf(t *testing.T) {
	versions := strings.Fields("1.0.0 1.1.0-rc 1.1.0 1.2.0 2.0.0 2.1.0 3.0.0")
	for _, c := range []struct{ vulnerable, want string }{
		{"", "<0.0.0-0"},
		{"1.0.0 1.1.0", "<=1.1.0"},
		{"1.2.0", "1.2.0"},
		{"1.2.0 2.0.0 3.0.0", "1.2.0 - 2.0.0 || >=3.0.0"},
		{"1.0.0 1.1.0-rc 1.1.0 1.2.0 2.0.0 2.1.0 3.0.0", "*"},
	} {
		if got := rangeOf(versions, strings.Fields(c.vulnerable)); got != c.want {
			t.Errorf("of %s: %q, want %q", c.vulnerable, got, c.want)
		}
	}
}
