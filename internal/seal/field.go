package seal

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/frame"
)

// Field is the place of a sealed value. What was sealed for one field opens in no other: not in another
// node, table, row, column or compartment, and not as another version of the row.
type Field struct {
	Node        string // member code and node name
	Table       string
	Row         string
	Column      string
	Compartment string // empty: the case key's own space
	Version     int64  // version of the row, rising by one with each write
}

// AAD returns the bytes that bind a sealed value to f, for [Key.Seal], [Key.Open], [Key.Wrap] and
// [Key.Unwrap].
//
// Spec: spec/keys.md section 2.4.
func (f Field) AAD() []byte {
	return frame.JoinText("opentrm/field/1", f.Node, f.Table, f.Row, f.Column, f.Compartment, strconv.FormatInt(f.Version, 10))
}
