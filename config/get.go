package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// lookup returns the highest layer's value, an empty one when no layer has it.
func (c *Config) lookup(name string) value {
	for i := len(c.layers) - 1; i >= 0; i-- {
		if v, ok := c.layers[i][name]; ok {
			return v
		}
	}
	return value{}
}

// key is the table's entry of a name, the zero one if there is none.
func (c *Config) key(name string) Key {
	if k := c.keys[name]; k != nil {
		return *k
	}
	return Key{}
}

// String returns the value as text, "" when it is unset or null or the key
// unknown. Several values are joined by commas, secrets are "(protected)".
func (c *Config) String(key string) string {
	v := c.lookup(key)
	if isSecret(key) && len(v.texts) > 0 {
		return protected
	}
	if c.key(key).List() {
		return strings.Join(c.Strings(key), ",")
	}
	return last(v.texts)
}

// Bool returns a boolean key, false when it is unset. For a key that is not a
// boolean it tells whether it is set to anything but "false". As with npm
// "package-lock-only" stands for "package-lock" too.
func (c *Config) Bool(key string) bool {
	if key == "package-lock" && c.Bool("package-lock-only") {
		return true
	}
	v := c.lookup(key)
	text := last(v.texts)
	return text != "" && text != "false"
}

// Int returns a number, 0 when it is unset.
func (c *Config) Int(key string) int {
	v := c.lookup(key)
	n, _ := strconv.Atoi(last(v.texts)) // checked when it was read
	return n
}

// Duration returns a number of the key's unit as a duration, 0 when it is
// unset.
func (c *Config) Duration(key string) time.Duration {
	v := c.lookup(key)
	return c.duration(key, v)
}

func (c *Config) duration(key string, v value) time.Duration {
	n, _ := strconv.ParseFloat(last(v.texts), 64) // checked when it was read
	return time.Duration(n * float64(c.key(key).Unit))
}

// Time returns a date, zero when it is unset.
func (c *Config) Time(key string) time.Time {
	v := c.lookup(key)
	t, _ := parseDate(last(v.texts)) // checked when it was read
	return t
}

// Strings returns the values of a list, nil when it is empty. "omit" and
// "include" come with their older spellings (production, optional, dev…)
// counted in, and without in "omit" what "include" has.
func (c *Config) Strings(key string) []string {
	switch key {
	case "omit", "include":
		omit, include := c.omit()
		if key == "include" {
			return include
		}
		return omit
	}
	v := c.lookup(key)
	return slices.Clone(v.texts)
}

// omit computes which kinds of dependencies are left out, as npm does.
func (c *Config) omit() (omit, include []string) {
	o := c.lookup("omit")
	i := c.lookup("include")
	omit, include = slices.Clone(o.texts), slices.Clone(i.texts)
	production := c.String("production")
	switch {
	case production == "true", strings.HasPrefix(c.String("only"), "prod"):
		omit = append(omit, "dev")
	case production == "false":
		include = append(include, "dev")
	}
	if c.Bool("dev") || strings.HasPrefix(c.String("also"), "dev") {
		include = append(include, "dev")
	}
	switch c.String("optional") {
	case "true":
		include = append(include, "optional")
	case "false":
		omit = append(omit, "optional")
	}
	slices.Sort(omit)
	slices.Sort(include)
	omit = slices.DeleteFunc(slices.Compact(omit), func(s string) bool { return slices.Contains(include, s) })
	return omit, slices.Compact(include)
}

// Before returns the time after which published versions are hidden, from
// `before` and `min-release-age` (counted back from now): the higher layer
// wins, and in the same layer `before`. Zero hides nothing.
func (c *Config) Before(now time.Time) time.Time {
	before, age := c.cutoff()
	if age > 0 {
		return now.Add(-age)
	}
	return before
}

// ReleaseAge returns `min-release-age` where that decides, and 0 where `before`
// does or nothing is hidden.
func (c *Config) ReleaseAge() time.Duration {
	_, age := c.cutoff()
	return age
}

// cutoff is the date or the age that hides versions, whichever counts.
func (c *Config) cutoff() (before time.Time, age time.Duration) {
	for i := len(c.layers) - 1; i >= 0; i-- {
		if v, ok := c.layers[i]["before"]; ok && !v.null {
			t, _ := parseDate(last(v.texts))
			return t, 0
		}
		v, ok := c.layers[i]["min-release-age"]
		if age := c.duration("min-release-age", v); ok && age > 0 {
			return time.Time{}, age
		}
		// Someone said 0, or took back what a lower layer says.
		if _, taken := c.layers[i]["before"]; ok || taken {
			return time.Time{}, 0
		}
	}
	return time.Time{}, 0
}

// Source tells where the value of a key was set.
func (c *Config) Source(key string) Source {
	v := c.lookup(key)
	return v.source
}

// IsSet reports whether any layer but the defaults has the key.
func (c *Config) IsSet(key string) bool {
	return c.Source(key).Layer != Default
}

func last(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}
