package cmd

import "testing"

// TestApprovals is about names, versions and denials; that of content is in
// approvals_content_test.go.
func TestApprovals(t *testing.T) {
	type ids = map[[2]string]bool // name, version → may run
	tests := map[string]struct {
		all         bool
		allow, deny []string
		want        ids
	}{
		"nothing by default":        {want: ids{{"a", "1.0.0"}: false}},
		"a name":                    {allow: []string{"a"}, want: ids{{"a", "1.0.0"}: true, {"a", "2.0.0"}: true, {"ab", "1.0.0"}: false}},
		"a scoped name":             {allow: []string{"@s/a"}, want: ids{{"@s/a", "9.0.0"}: true, {"a", "9.0.0"}: false}},
		"a scoped name and version": {allow: []string{"@s/a@1.0.0"}, want: ids{{"@s/a", "1.0.0"}: true, {"@s/a", "1.0.1"}: false}},
		"several versions":          {allow: []string{"a@1.0.0 || 2.0.0"}, want: ids{{"a", "1.0.0"}: true, {"a", "2.0.0"}: true, {"a", "3.0.0"}: false}},
		"a range is none":           {allow: []string{"a@^1.0.0"}, want: ids{{"a", "1.0.0"}: false, {"a", "1.2.0"}: false}},
		"denied wins":               {allow: []string{"a", "a@1.0.0"}, deny: []string{"a"}, want: ids{{"a", "1.0.0"}: false}},
		"all but what is denied":    {all: true, deny: []string{"a"}, want: ids{{"a", "1.0.0"}: false, {"b", "1.0.0"}: true}},
	}
	for name, test := range tests {
		for _, denyFirst := range [...]bool{true, false} {
			a := approvals{all: test.all, rules: map[string]approval{}}
			add := func(keys []string, allow bool) {
				for _, key := range keys {
					a.add(key, allow, "")
				}
			}
			if denyFirst {
				add(test.deny, false)
			}
			add(test.allow, true)
			add(test.deny, false)
			for id, want := range test.want {
				if got := a.approved(id[0], id[1], "cid"); got != want {
					t.Errorf("%s: %v: %v, want %v", name, id, got, want)
				}
			}
		}
	}
}
