package packlist

import "strings"

// rule is one line of an ignore file.
type rule struct {
	globs []glob
	// negated rules bring back in what others took out.
	negated bool
	// loose rules name something by its own name alone, wherever it is.
	loose bool
}

// parseRules reads an ignore file, or lines made up in place of one.
func parseRules(text string) ([]rule, error) {
	var rules []rule
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimFunc(line, isSpace)
		if line == "" || line[0] == '#' {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// isSpace is what JavaScript trims, which includes a byte order mark.
func isSpace(r rune) bool {
	return r == '\uFEFF' || strings.ContainsRune(" \t\r\v\f\u00a0\u2028\u2029\u1680\u202f\u205f\u3000", r) || r >= '\u2000' && r <= '\u200a'
}

func parseRule(line string) (rule, error) {
	body := strings.TrimLeft(line, "!")
	r := rule{negated: (len(line)-len(body))%2 == 1}
	if body == "" {
		return r, nil
	}
	var err error
	r.globs, err = parseGlobs(body)
	for _, g := range r.globs {
		last := g[len(g)-1]
		r.loose = r.loose || len(g) == 1 || len(g) == 2 && last.plain && last.text == ""
	}
	return r, err
}

// match tests the rule on a path relative to the folder of the rule. A glob of
// one portion is tried on the last name of the path.
func (r rule) match(path string, partial bool) bool {
	if path == "/" && partial {
		return len(r.globs) > 0
	}
	file := splitSlashes(path)
	for _, g := range r.globs {
		m := pathMatch{fold: true, partial: partial, budget: maxSteps}
		at := file
		if len(g) == 1 {
			at = []string{lastName(file)}
		}
		if m.match(g, at) {
			return true
		}
	}
	return false
}

// lastName is the last portion that is not empty.
func lastName(file []string) string {
	for i := len(file) - 1; i > 0; i-- {
		if file[i] != "" {
			return file[i]
		}
	}
	return file[0]
}

// applies tests the rule on an entry, which may be a folder when folder is
// set: then it is enough that something below could match. base is the
// entry's own name where path is longer, "" where it is the name already.
func (r rule) applies(path, base string, folder bool) bool {
	if r.match("/"+path, false) || r.match(path, false) {
		return true
	}
	return folder && (r.reaches(path) || base != "" && r.loose && r.reaches(base))
}

func (r rule) reaches(path string) bool {
	return r.match("/"+path+"/", false) || r.match(path+"/", false) ||
		r.negated && (r.match("/"+path, true) || r.match(path, true))
}
