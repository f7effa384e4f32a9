package upstream

import "testing"

func TestTarballURL(t *testing.T) {
	npm := "https://" + DefaultHost + "/"
	tests := []struct {
		base, name, raw string
		replace         ReplaceHost
		want            string // "" for an error
	}{
		{"http://r.example/", "a", "a-1.0.0.tgz", "", "http://r.example/a/-/a-1.0.0.tgz"},
		{"http://r.example/npm", "@s/a", "a-1.0.0.tgz", "", "http://r.example/npm/@s/a/-/a-1.0.0.tgz"},
		{"http://r.example/npm/", "a", "/x/a.tgz", "", "http://r.example/x/a.tgz"},
		{"http://r.example/npm/", "a", "x/a.tgz", "", "http://r.example/npm/x/a.tgz"},
		{"http://r.example/", "a", "http://cdn.example/a.tgz?sig=1#frag", "", "http://cdn.example/a.tgz?sig=1"},
		{"http://r.example/", "a", "http://u:p@cdn.example/a.tgz", "", "http://cdn.example/a.tgz"},
		// npm's host stands for the registry, with its path prefix
		{"http://r.example/npm/", "a", npm + "a/-/a-1.0.0.tgz", "", "http://r.example/npm/a/-/a-1.0.0.tgz"},
		{"http://r.example/", "a", "http://" + DefaultHost + "/a/-/a-1.0.0.tgz", "", "http://r.example/a/-/a-1.0.0.tgz"},
		{"http://r.example/", "@s/a", npm + "@s%2fa/-/a.tgz", "", "http://r.example/@s%2fa/-/a.tgz"},
		{npm, "a", "http://" + DefaultHost + "/a/-/a.tgz", "", npm + "a/-/a.tgz"},
		{"http://r.example/", "a", npm + "a/-/a.tgz", ReplaceNever, npm + "a/-/a.tgz"},
		{"http://r.example/", "a", "https://cdn.example/a/-/a.tgz", ReplaceAlways, "http://r.example/a/-/a.tgz"},
		{"http://r.example/npm/", "a", "http://r.example/npm/a/-/a.tgz", ReplaceAlways, "http://r.example/npm/a/-/a.tgz"},
		{"http://r.example/", "a", "https://cdn.example/a.tgz", "CDN.example", "http://r.example/a.tgz"},
		{"http://r.example/", "a", npm + "a.tgz", "cdn.example", npm + "a.tgz"},
		{"http://r.example/", "a", "https://" + DefaultHost + ".evil.example/a.tgz", "", "https://" + DefaultHost + ".evil.example/a.tgz"},
		{"http://r.example/", "a", "https://cdn.example:8443/a.tgz", "cdn.example", "http://r.example/a.tgz"},
		{"http://r.example/npm/", "a", "https://cdn.example/npm/a.tgz", "cdn.example", "http://r.example/npm/a.tgz"},
		// or the beginning of a URL
		{"http://r.example/npm/", "a", "https://old.example/repo/a/-/a.tgz", "https://old.example/repo/", "http://r.example/npm/a/-/a.tgz"},
		{"http://r.example/npm/", "a", "https://old.example/repository/a.tgz", "https://old.example/repo", "https://old.example/repository/a.tgz"},
		// refused
		{"http://r.example/", "a", "", "", ""},
		{"http://r.example/", "a", "file:///etc/passwd", "", ""},
		{"http://r.example/", "a", "ftp://x/a.tgz", "", ""},
		{"http://r.example/", "a", "http:///a.tgz", "", ""},
		{"http://r.example/", "a", "http:a.tgz", "", ""},
		{"http://r.example/", "a", "http://[::1", "", ""},
		{"http://r.example/", "../a", "a.tgz", "", ""},
	}
	for _, tt := range tests {
		c := client(t, tt.base, func(o *Options) { o.ReplaceHost = tt.replace })
		u, err := c.TarballURL(tt.name, tt.raw)
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != tt.want {
			t.Errorf("%s in %s (%q): %q, %v; want %q", tt.raw, tt.base, tt.replace, got, err, tt.want)
		}
	}
}

func TestElsewhere(t *testing.T) {
	tests := []struct {
		base, raw string
		replace   ReplaceHost
		want      bool
	}{
		{"https://r.example/npm/", "a-1.0.0.tgz", "", false},
		{"https://r.example/npm/", "https://r.example/npm/a/-/a.tgz", "", false},
		{"https://r.example/npm/", "https://R.example:443/npm/a/-/a.tgz", "", false},
		{"https://r.example/npm/", "https://r.example/npmx/a.tgz", "", true},
		{"https://r.example/npm/", "https://r.example/files/a.tgz", "", true},
		{"https://r.example/", "http://r.example/a.tgz", "", true},
		{"https://r.example/", "https://r.example:8443/a.tgz", "", true},
		{"https://r.example/", "https://cdn.example/a.tgz", "", true},
		{"https://r.example/", "https://r.example.evil.example/a.tgz", "", true},
		{"https://r.example/", "https://cdn.example/a.tgz", ReplaceAlways, false},
		{"https://r.example/", "https://cdn.example/a.tgz", "cdn.example", false},
		{"https://r.example/", "https://" + DefaultHost + "/a.tgz", "", false},
		{"https://r.example/", "https://" + DefaultHost + "/a.tgz", ReplaceNever, true},
	}
	for _, tt := range tests {
		c := client(t, tt.base, func(o *Options) { o.ReplaceHost = tt.replace })
		u, err := c.TarballURL("a", tt.raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Elsewhere(u); got != tt.want {
			t.Errorf("%s in %s (%q) is elsewhere: %v, want %v", tt.raw, tt.base, tt.replace, got, tt.want)
		}
	}
}

func TestDefaultRegistry(t *testing.T) {
	if DefaultRegistry != "https://registry."+npmDomain+"/" {
		t.Errorf("DefaultRegistry = %s", DefaultRegistry)
	}
}
