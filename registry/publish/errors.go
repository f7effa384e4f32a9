package publish

import "fmt"

// RefusedError says why something cannot be published or changed.
type RefusedError struct {
	// Reason is npm's code where npm has one, such as "EPRIVATE".
	Reason string
	What   string
	Advice string
}

func (e *RefusedError) Error() string { return e.What }

// Code is the reason.
func (e *RefusedError) Code() string { return e.Reason }

// Hint is the advice.
func (e *RefusedError) Hint() string { return e.Advice }

func refused(reason, advice, format string, args ...any) error {
	return &RefusedError{Reason: reason, What: fmt.Sprintf(format, args...), Advice: advice}
}
