package fold_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fold"
)

// Whatever is folded is folded to itself: folding twice is folding once, for any text in any script of the region and for any other.
func TestFoldingTwiceIsFoldingOnce(t *testing.T) {
	letters := []rune("abcčćdđefghijklmnopqrsštuvwxyzžăâîșțşţığöüçëßĐЂЃЅІЇЈЉЊЋЌЏѓѕљњћќџабвгдежзийклмнопрстуфхцчшщъыьэюяґєіїαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ'’- .\u0301\u030c")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom(letters), 0, 40, -1), rapid.String()).Draw(t, "text")
		once := fold.Words(text)
		if twice := fold.Words(strings.Join(once, " ")); !slices.Equal(once, twice) {
			t.Fatalf("%q is folded to %q, and that to %q", text, once, twice)
		}
	})
}
