package npmrange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Releases are the words that [Inc] knows.
func Releases() []string {
	return []string{"major", "minor", "patch", "premajor", "preminor", "prepatch", "prerelease", "release"}
}

// Inc is the version after v of a kind, as node-semver's inc has it: a
// prerelease of what it would become is first released as that, and of the
// kinds that begin with "pre" the result is one, whose first word is preid if
// that is not empty. Build metadata goes.
func Inc(v *semver.Version, release, preid string) (*semver.Version, error) {
	if preid != "" && strings.HasPrefix(release, "pre") && !isPreid(preid) {
		return nil, &InvalidError{"prerelease word", preid, "letters, digits and hyphens, with dots between"}
	}
	next := versionOf(v)
	switch release {
	case "premajor":
		next = version{next.major + 1, 0, 0, nextPre("", preid)}
	case "preminor":
		next = version{next.major, next.minor + 1, 0, nextPre("", preid)}
	case "prepatch":
		next = version{next.major, next.minor, next.patch + 1, nextPre("", preid)}
	case "prerelease":
		if next.pre == "" {
			next.patch++
		}
		next.pre = nextPre(next.pre, preid)
	case "major", "minor", "patch", "release":
		if err := next.release(release); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%q is no kind of release", release)
	}
	if max(next.major, next.minor, next.patch) > maxSafeInteger {
		return nil, &InvalidError{"version", v.Original(), tooLargeText}
	}
	return semver.New(next.major, next.minor, next.patch, next.pre, ""), nil
}

func (v *version) release(kind string) error {
	pre := v.pre != ""
	v.pre = ""
	switch kind {
	case "major":
		if !pre || v.minor != 0 || v.patch != 0 {
			v.major++
		}
		v.minor, v.patch = 0, 0
	case "minor":
		if !pre || v.patch != 0 {
			v.minor++
		}
		v.patch = 0
	case "patch":
		if !pre {
			v.patch++
		}
	case "release":
		if !pre {
			return &InvalidError{"version", fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch), "it is no prerelease"}
		}
	}
	return nil
}

// nextPre counts a prerelease on: its last number, or else a new one. Another
// first word than preid begins anew.
func nextPre(pre, preid string) string {
	words := []string{"0"}
	if pre != "" {
		words = strings.Split(pre, ".")
		at := len(words) - 1
		for ; at >= 0 && !isNumber(words[at]); at-- {
		}
		if at < 0 {
			words = append(words, "0")
		} else {
			n, _ := strconv.ParseUint(words[at], 10, 64) // at most maxSafeInteger
			words[at] = strconv.FormatUint(n+1, 10)
		}
	}
	if preid == "" {
		return strings.Join(words, ".")
	}
	if words[0] == preid && len(words) > 1 && isNumber(words[1]) {
		return strings.Join(words, ".")
	}
	return preid + ".0"
}

func isNumber(word string) bool {
	n, err := strconv.ParseUint(word, 10, 64)
	return err == nil && n < maxSafeInteger
}

func isPreid(text string) bool {
	return !slices.ContainsFunc(strings.Split(text, "."), func(word string) bool {
		number := strings.Trim(word, "0123456789") == ""
		return word == "" || strings.Trim(word, "0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" ||
			number && len(word) > 1 && word[0] == '0'
	})
}
