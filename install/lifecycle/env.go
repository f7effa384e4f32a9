package lifecycle

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// environ is the environment of one script: the runner's, npm's variables,
// the package's, the script's own. Where a key is set twice, the later counts.
func (r *Runner) environ(s Script) []string {
	env := slices.Clone(r.Env)
	set := func(key, value string) { env = append(env, key+"="+value) }
	for _, key := range slices.Sorted(maps.Keys(r.Config)) {
		set("npm_config_"+strings.ToLower(strings.ReplaceAll(key, "-", "_")), r.Config[key])
	}
	setIf := func(key, value string) {
		if value != "" {
			set(key, value)
		}
	}
	if r.UserAgent != nil {
		setIf("npm_config_user_agent", r.UserAgent())
	}
	setIf("npm_command", r.Command)
	setIf("npm_execpath", r.ExecPath)
	var tools Tools
	if r.Tools != nil {
		tools = r.Tools()
	}
	setIf("npm_node_execpath", tools.Node)
	setIf("NODE", tools.Node)
	setIf("INIT_CWD", r.InitCwd)
	setIf("npm_config_node_gyp", tools.Gyp)
	env = append(env, s.Env...)
	env = append(env, packageEnv(s.PackageJSON)...)
	set("npm_package_json", filepath.Join(s.Dir, "package.json"))
	set("npm_lifecycle_event", s.Event)
	set("npm_lifecycle_script", s.Command)
	return setPath(env, searchPath(s, tools.GypBin, pathOf(env)))
}

// searchPath is PATH with the script's own folders, every node_modules/.bin
// from the package up to the root of the file system, and node-gyp before it.
func searchPath(s Script, gypBin, inherited string) string {
	parts := slices.Clone(s.BinPaths)
	for dir := s.Dir; ; dir = filepath.Dir(dir) {
		parts = append(parts, filepath.Join(dir, "node_modules", ".bin"))
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if gypBin != "" {
		parts = append(parts, gypBin)
	}
	if inherited != "" {
		parts = append(parts, inherited)
	}
	return strings.Join(parts, string(os.PathListSeparator))
}

// pathOf is the value of PATH, which Windows also spells Path.
func pathOf(env []string) string {
	value := ""
	for _, entry := range env {
		if key, v, _ := strings.Cut(entry, "="); strings.EqualFold(key, "PATH") && v != "" {
			value = v
		}
	}
	return value
}

// setPath replaces PATH under every spelling that the environment has.
func setPath(env []string, value string) []string {
	found := false
	for i, entry := range env {
		if key, _, _ := strings.Cut(entry, "="); strings.EqualFold(key, "PATH") {
			env[i] = key + "=" + value
			found = true
		}
	}
	if !found {
		env = append(env, "PATH="+value)
	}
	return env
}

// packageEnv turns the fields of package.json that npm exports (its RFC 183:
// name, version, config, engines, bin) into npm_package_ variables.
func packageEnv(data []byte) []string {
	var pkg struct {
		Name    any `json:"name"`
		Version any `json:"version"`
		Config  any `json:"config"`
		Engines any `json:"engines"`
	}
	if json.Unmarshal(data, &pkg) != nil {
		return nil
	}
	var env []string
	env = flatten(env, "npm_package_name", pkg.Name)
	env = flatten(env, "npm_package_version", pkg.Version)
	env = flatten(env, "npm_package_config", pkg.Config)
	env = flatten(env, "npm_package_engines", pkg.Engines)
	m, err := manifest.Parse(data)
	if err != nil {
		return env
	}
	bins := m.Bins()
	for _, name := range slices.Sorted(maps.Keys(bins)) {
		env = flatten(env, "npm_package_bin_"+name, bins[name])
	}
	return env
}

// flatten writes a JSON value as variables: objects and arrays by their keys,
// false and null as empty. What cannot be in an environment is left out.
func flatten(env []string, key string, value any) []string {
	if strings.ContainsAny(key, "=\x00") {
		return env
	}
	switch v := value.(type) {
	case nil:
		return env
	case string:
		if strings.Contains(v, "\x00") {
			return env
		}
		return append(env, key+"="+v)
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if v[k] == nil {
				env = append(env, key+"_"+k+"=")
				continue
			}
			env = flatten(env, key+"_"+k, v[k])
		}
		return env
	case []any:
		for i, item := range v {
			env = flatten(env, key+"_"+strconv.Itoa(i), item)
		}
		return env
	case bool:
		if !v {
			return append(env, key+"=")
		}
		return append(env, key+"=true")
	case float64:
		return append(env, key+"="+strconv.FormatFloat(v, 'f', -1, 64))
	}
	return env
}

// GypOf finds the node-gyp that npm brings with it, given the path of an npm
// program ("/usr/bin/npm"). ok is false when it is not where npm keeps it.
func GypOf(npm string) (script, binDir string, ok bool) {
	real, err := filepath.EvalSymlinks(npm)
	if err != nil {
		return "", "", false
	}
	packages := filepath.Join(filepath.Dir(real), "..", "node_modules")
	script = filepath.Join(packages, "node-gyp", "bin", "node-gyp.js")
	binDir = filepath.Join(packages, "@npmcli", "run-script", "lib", "node-gyp-bin")
	for _, path := range []string{script, binDir} {
		if _, err := os.Stat(path); err != nil {
			return "", "", false
		}
	}
	return script, binDir, true
}
