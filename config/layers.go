package config

import (
	"maps"
	"slices"
	"strings"
)

// defaults fills the lowest layer: the table, what the caller replaces, and
// what customary variables (HTTPS_PROXY, NO_COLOR, CI…) say.
func (l *loader) defaults() error {
	for i := range l.sources.Table {
		key := &l.sources.Table[i]
		text, src := key.Default, Source{}
		if replaced, ok := l.sources.Defaults[key.Name]; ok {
			text = replaced
		}
		for _, name := range key.Env {
			if v := customary(name, l.env[name]); v != "" {
				text, src.Name = v, name
				break
			}
		}
		if text == "" || text == "null" {
			l.config.layers[Default][key.Name] = value{null: text == "null", source: src}
			continue
		}
		if err := l.set(Default, key, text, false, src); err != nil {
			return err
		}
	}
	return nil
}

// customary turns the value of a variable that is not npm's into one of the
// key that it stands for; "" when it says nothing.
func customary(name, text string) string {
	switch {
	case text == "":
		return ""
	case name == "NO_COLOR" && text != "0", name == "CI" && text != "false":
		return "false"
	case name == "NO_COLOR", name == "CI":
		return ""
	case name == "NODE_ENV" && text == "production":
		return "dev"
	case name == "NODE_ENV":
		return ""
	}
	return text
}

// environment reads the npm_config_* variables. Empty ones say nothing.
func (l *loader) environment() error {
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		const prefix = "npm_config_"
		if len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) || l.env[name] == "" {
			continue
		}
		e := Entry{Key: envKey(name[len(prefix):]), Value: l.env[name]}
		if slices.Contains(npmInternalEnv(), e.Key) {
			continue
		}
		if err := l.entry(Env, e, Source{Layer: Env, Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// envKey turns the rest of a variable's name into a key: lower case, and "-"
// for "_" except at the start. Registry keys ("//host/:_authToken") stay.
func envKey(name string) string {
	if isRegistryKey(name) || name == "" {
		return name
	}
	return strings.ToLower(name[:1] + strings.ReplaceAll(name[1:], "_", "-"))
}

// npmInternalEnv are what npm exports to scripts, and no setting of anybody; they
// come back when ipnpm runs in an npm script. The user agent there is that of the
// package manager around, whose name we would go by.
func npmInternalEnv() []string {
	return []string{"npm-version", "global-prefix", "local-prefix", "user-agent"}
}

// flags reads the command line's flags. An unknown one is an error.
func (l *loader) flags() error {
	for _, name := range slices.Sorted(maps.Keys(l.sources.Flags)) {
		src := Source{Layer: Flag, Name: "--" + name}
		if _, _, ok := l.config.find(name, ""); !ok {
			if err := checkScoped(name); err != nil {
				return unknownKey(name)
			}
		}
		texts := l.sources.Flags[name]
		if len(texts) == 0 {
			texts = []string{"true"}
		}
		for _, text := range texts {
			if err := l.entry(Flag, Entry{Key: name, Value: text, Array: true}, src); err != nil {
				return err
			}
		}
	}
	return nil
}
