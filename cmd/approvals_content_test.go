package cmd

import "testing"

func TestApprovalsOfContent(t *testing.T) {
	const good, other = "bafkreigood", "bafkreiother"
	for _, tt := range []struct {
		key     string
		allow   bool
		content string
		// the package at hand, always version 1.0.0 of content good
		want bool
	}{
		{"a", true, "", true},
		{"a", false, "", false},
		{"a@1.0.0", true, "", true},
		{"a@1.0.0", true, good, true},
		{"a@1.0.0", true, other, false},
		{"a@1.0.0 || 2.0.0", true, good, true},
		{"a@2.0.0", true, good, false},
		{"a@^1.0.0", true, "", false},
		// without a version, the content alone is approved: never any other
		{"a", true, good, true},
		{"a", true, other, false},
		{"a@*", true, other, false},
		{"a@", true, other, false},
		{"a", true, "false", false},
	} {
		a := approvals{rules: map[string]approval{}}
		a.add(tt.key, tt.allow, tt.content)
		if got := a.approved("a", "1.0.0", good); got != tt.want {
			t.Errorf("%q: %v %q: approved = %v, want %v", tt.key, tt.allow, tt.content, got, tt.want)
		}
		if a.approved("b", "1.0.0", good) {
			t.Errorf("%q approves another package", tt.key)
		}
	}
}

// A linked folder has no CID, and an approval of some content is none of it.
func TestApprovalOfContentIsNoneOfAFolder(t *testing.T) {
	a := approvals{rules: map[string]approval{}}
	a.add("a@1.0.0", true, "bafkreigood")
	if a.approved("a", "1.0.0", "") {
		t.Error("approved without content")
	}
}
