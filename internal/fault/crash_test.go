package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

func crashed(with func()) (told string) {
	defer func() { told = fault.Crash(recover()) }()
	with()
	return ""
}

// What a panic quotes may be somebody's name, and a log is stolen with the disk.
func TestCrashSaysWhereAndNotWhat(t *testing.T) {
	const word = "Яснодума"
	for _, v := range []any{word, errors.New(word), fmt.Errorf("store: %w", errors.New(word)), []string{word}} {
		told := crashed(func() { panic(v) })
		if strings.Contains(told, word) || !strings.Contains(told, "crash_test.go:") || !strings.HasPrefix(told, fmt.Sprintf("%T", v)) {
			t.Errorf("%T: %s", v, told)
		}
	}
	var none []int
	if told := crashed(func() { none[len(word)]++ }); !strings.Contains(told, "index out of range") {
		t.Errorf("what the runtime says is lost: %s", told)
	}
}
