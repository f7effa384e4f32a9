package config

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// protected stands in for a secret.
const protected = "(protected)"

// Setting is one key with its value, for `config list`.
type Setting struct {
	Key string
	// Value is as in [Config.Text].
	Value  string
	Source Source
}

// List returns every key of the table and whatever else is set, sorted, with
// the value that counts. Secrets are not shown.
func (c *Config) List() []Setting {
	names := map[string]bool{}
	for _, layer := range c.layers {
		for name := range layer {
			names[name] = true
		}
	}
	list := make([]Setting, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		list = append(list, Setting{Key: name, Value: c.Text(name), Source: c.Source(name)})
	}
	return list
}

// Text returns the value of a key as it is shown: that of String, and "null" for
// a key of no value, which npm tells from an empty one. Secrets are
// "(protected)", passwords in URLs "***".
func (c *Config) Text(key string) string {
	text := c.String(key)
	if text == "" && c.lookup(key).null {
		return "null"
	}
	return redactURL(text)
}

// Typed returns what a key is set to as JSON has it: a boolean, a number, a list
// of texts or a text, and nil for one that is unset. It is redacted as in List.
func (c *Config) Typed(key string) any {
	text, k := redactURL(c.String(key)), c.key(key)
	switch {
	case text == protected:
		return text
	case k.List():
		list := []string{}
		for _, each := range c.Strings(key) {
			list = append(list, redactURL(each))
		}
		return list
	case text == "":
		return nil
	case text == "true", text == "false":
		return text == "true"
	case k.Type == TypeInt, k.Type == TypeDuration:
		n, _ := strconv.ParseFloat(text, 64) // checked when it was read
		return n
	}
	return text
}

// isSecret reports keys whose value is never shown, as npm has them.
func isSecret(key string) bool {
	base := key
	if isRegistryKey(key) {
		base = key[strings.LastIndexByte(key, ':')+1:]
	}
	switch strings.TrimPrefix(base, "_") {
	case "auth", "authToken", "certfile", "email", "keyfile", "password", "username":
		return true
	}
	return strings.HasPrefix(base, "_") || base == "key" || base == "otp"
}

// redactURL hides user and password in every URL of a text.
func redactURL(text string) string {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return text
	}
	parts := strings.Split(text, ",")
	for i, part := range parts {
		u, err := url.Parse(part)
		switch {
		case err != nil:
			parts[i] = protected
		case u.User != nil:
			_, rest, _ := strings.Cut(part, "://")
			authority, _, _ := strings.Cut(rest, "/")
			userinfo := authority[:strings.LastIndexByte(authority, '@')+1]
			parts[i] = strings.Replace(part, userinfo, "***@", 1)
		}
	}
	return strings.Join(parts, ",")
}
