package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// formula are the characters by which a spreadsheet program takes a cell for a formula and works it out.
const formula = "=+-@\t\r\n"

// guarded reports whether a cell would be taken for a formula, once its guards are away.
func guarded(s string) bool {
	bare := strings.TrimLeft(s, "'")
	return bare != "" && strings.ContainsRune(formula, rune(bare[0]))
}

// Guard puts an apostrophe before what a spreadsheet program would take for a formula. [Unguard] takes it away again.
func Guard(s string) string {
	if guarded(s) {
		return "'" + s
	}
	return s
}

// Unguard takes away the apostrophe that [Guard] put there.
func Unguard(s string) string {
	if strings.HasPrefix(s, "'") && guarded(s) {
		return s[1:]
	}
	return s
}

// WriteCSV writes rows as comma-separated values in UTF-8, with the mark by which spreadsheet programs know that it is, and with
// every cell guarded.
func WriteCSV(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, s := range row {
			cells[i] = Guard(s)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
