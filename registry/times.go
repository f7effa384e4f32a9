package registry

import "time"

// timeLayout is how npm's registry writes time, and how an index does.
const timeLayout = "2006-01-02T15:04:05.000Z"

// parseTime reads a JSON string holding an RFC 3339 time; the zero time when
// it is not one.
func parseTime(raw []byte) time.Time {
	if len(raw) < 2 || len(raw) > 64 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, string(raw[1:len(raw)-1]))
	if t = t.UTC(); err != nil || t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// formatTime rounds down to the millisecond that npm's registry keeps.
func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func (t *timeTable) lookup(version string) (time.Time, bool) {
	if t == nil {
		return time.Time{}, false
	}
	t.once.Do(t.parse)
	at, ok := t.at[version]
	return at, ok
}

func (t *timeTable) parse() {
	found, err := members(t.raw, nil)
	if err != nil {
		return
	}
	t.at = make(map[string]time.Time, len(found))
	for _, m := range found {
		version, err := m.name()
		if at := parseTime(m.value); err == nil && !at.IsZero() {
			t.at[version] = at
		}
	}
}
