package config

import (
	"reflect"
	"testing"
)

func TestRegistries(t *testing.T) {
	const a, b, c = "ipns://k51a/", "ipns://k51b/", "https://c.example/"
	for _, test := range []struct {
		name, user, project string
		flags, want         []string
	}{
		{name: "the default alone", want: []string{host}},
		{name: "one", project: "registry=" + a, want: []string{a}},
		{name: "several, the first on top", project: "registry=ipns://k51a\nregistry=" + b + "\nregistry=" + c, want: []string{a, b, c}},
		{name: "each once", project: "registry=" + a + "\nregistry=ipns://k51a", want: []string{a}},
		{name: "the list wins where both stand", project: "registries=" + a + ", " + b + "\nregistry=" + c, want: []string{a, b}},
		{name: "the list in lines", project: "registries[]=" + a + "\nregistries[]=" + b, want: []string{a, b}},
		{name: "a higher place goes over the whole list", user: "registries=" + a + "," + b, project: "registry=" + c, want: []string{c}},
		{name: "and so does a list over one", user: "registry=" + c, project: "registries=" + a + "," + b, want: []string{a, b}},
		{name: "flags over all", project: "registries=" + a + "," + b, flags: []string{c, a}, want: []string{c, a}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := files(t, "", test.user, test.project)
			if test.flags != nil {
				s.Flags = map[string][]string{"registry": test.flags}
			}
			conf, warnings := load(t, s)
			if len(warnings) > 0 {
				t.Errorf("warnings: %v", warnings)
			}
			if got := conf.Registries(); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			// npm, which reads the same files, knows the last.
			if got, want := conf.RegistryFor("x"), test.want[len(test.want)-1]; got != want {
				t.Errorf("the default is %s, want %s", got, want)
			}
		})
	}
}
