package gitrepo

import (
	"context"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Refs are what a repository offers.
type Refs struct {
	// Commits maps names to commits: "HEAD", "main", "v1.0.0", "pull/3",
	// "refs/heads/main"; a tag to what it points at.
	Commits map[string]string
	// Versions maps the versions that tags end in to commits.
	Versions map[string]string
	// Latest is the version of the ref "latest", or else of HEAD; "" when
	// that has none.
	Latest string
}

// Refs asks a repository what it offers.
func (c *Client) Refs(ctx context.Context, remote Remote) (Refs, error) {
	out, err := c.run(ctx, job{doing: "list the refs of", remote: remote,
		args: append(slices.Clone(c.ssh()), "ls-remote", "--", remote.address)})
	if err != nil {
		return Refs{}, err
	}
	return parseRefs(out), nil
}

// versionTag finds a version at the end of a tag, as in release-v1.2.3.
var versionTag = lateregexp.New(`v?(\d+\.\d+\.\d+(?:[-+].+)?)$`)

// parseRefs reads the output of ls-remote. Of two refs with one short name the
// later counts, as to npm, and lines that are none are passed over.
func parseRefs(text string) Refs {
	r := Refs{Commits: map[string]string{}, Versions: map[string]string{}}
	var tags [][2]string // version, ref
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 2 || !isHash(fields[0]) {
			continue
		}
		commit, ref := fields[0], fields[1]
		short := shortName(ref)
		if whole, peeled := strings.CutSuffix(ref, "^{}"); peeled {
			// What an annotated tag points at comes right after the tag.
			r.Commits[whole], r.Commits[shortName(whole)] = commit, commit
			continue
		}
		r.Commits[ref], r.Commits[short] = commit, commit
		if m := versionTag.FindStringSubmatch(short); m != nil && strings.HasPrefix(ref, "refs/tags/") {
			if v, err := npmrange.ParseVersion(m[1], true); err == nil {
				tags = append(tags, [2]string{v.String(), ref})
			}
		}
	}
	for _, tag := range tags {
		r.Versions[tag[0]] = r.Commits[tag[1]]
	}
	r.Latest = r.latest(tags)
	return r
}

func (r Refs) latest(tags [][2]string) string {
	latest := ""
	want, named := r.Commits["latest"]
	if !named {
		want = r.Commits["HEAD"]
	}
	for _, tag := range tags {
		if want != "" && r.Versions[tag[0]] == want {
			latest = tag[0]
		}
	}
	return latest
}

// shortName is how users call a ref.
func shortName(ref string) string {
	for _, prefix := range [...]string{"refs/tags/", "refs/heads/"} {
		if short, ok := strings.CutPrefix(ref, prefix); ok {
			return short
		}
	}
	if strings.HasPrefix(ref, "refs/pull/") {
		return strings.TrimSuffix(strings.TrimPrefix(ref, "refs/"), "/head")
	}
	return ref
}

// isHash reports a whole commit hash, SHA-1 or SHA-256.
func isHash(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
