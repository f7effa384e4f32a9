package config

// unknownKey makes the error of a name that is in no table.
func unknownKey(name string) error {
	if isRegistryKey(name) || name != "" && name[0] == '@' {
		if err := checkScoped(name); err != nil {
			return err
		}
	}
	names := make([]string, 0, 100)
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	return &KeyError{Key: name, Near: nearest(name, names)}
}

// nearest returns the name with the fewest edits from s, "" when all are far.
func nearest(s string, names []string) string {
	best, bound := "", max(2, len(s)/4)+1
	if len(s) > 64 {
		return ""
	}
	for _, name := range names {
		if d := distance(s, name); d < bound {
			best, bound = name, d
		}
	}
	return best
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
