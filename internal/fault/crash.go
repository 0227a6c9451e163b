package fault

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Crash describes a recovered panic for a log: what kind of value it was and where it happened. The value itself is
// told only where the runtime made it, because any other may quote what was being worked on, which may be somebody's
// name. It must be called by the deferred function that recovered.
func Crash(v any) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%T", v)
	var made runtime.Error
	if err, ok := v.(error); ok && errors.As(err, &made) {
		s.WriteString(": " + made.Error())
	}
	at := make([]uintptr, 24)
	frames := runtime.CallersFrames(at[:runtime.Callers(3, at)]) // without Callers, Crash and the deferred function
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			fmt.Fprintf(&s, " < %s %s:%d", path.Base(f.Function), path.Base(f.File), f.Line)
		}
		if !more {
			return s.String()
		}
	}
}
