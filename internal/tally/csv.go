package tally

import (
	"bytes"
	"errors"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// reader takes rows of comma-separated values apart in the buffer into which they were read. It takes what encoding/csv takes, and leaves
// cells where they lie.
type reader struct {
	r        io.Reader
	comma    byte
	buf      []byte
	from, to int   // what of buf is still to be taken
	line     int64 // on which buf[from] lies
	ended    bool  // r has no more
	cells    []span
}

// span is a cell in the buffer, without its quotation marks.
type span struct {
	from, to int
	doubled  bool // holds doubled quotation marks or ends of lines that are two characters
}

// skipMark passes over the mark of UTF-8 at the beginning.
func (in *reader) skipMark() error {
	for in.to-in.from < 3 && !in.ended {
		if err := in.more(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(in.buf[in.from:in.to], []byte("\xef\xbb\xbf")) {
		in.from += 3
	}
	return nil
}

// more reads on, and makes room for that.
func (in *reader) more() error {
	if in.from > 0 {
		copy(in.buf, in.buf[in.from:in.to])
		in.to -= in.from
		in.from = 0
	}
	if in.to == len(in.buf) {
		if len(in.buf) > sheet.MaxRow {
			return fault.New(fault.TooLarge, "sheet.large")
		}
		in.buf = append(in.buf, make([]byte, len(in.buf))...)
	}
	for range 100 {
		n, err := in.r.Read(in.buf[in.to:])
		in.to += n
		if errors.Is(err, io.EOF) {
			in.ended = true
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, "tally.file", err)
		}
		if n > 0 {
			return nil
		}
	}
	return fault.Wrap(fault.Invalid, "tally.file", io.ErrNoProgress)
}

// mark forgets what was read before: nothing of it is needed any longer.
func (in *reader) mark() { in.cells = in.cells[:0] }

// next takes the next row into cells, which hold until it is called again. It returns the line on which the row begins and why it cannot be read: empty
// if it can. After the last row it fails with [io.EOF].
func (in *reader) next() (line int64, why string, err error) {
	for {
		line = in.line
		n, lines, why, whole := in.row(in.buf[in.from:in.to])
		if !whole {
			if err := in.more(); err != nil {
				return line, "", err
			}
			continue
		}
		if n == 0 {
			return line, "", io.EOF
		}
		base := in.from
		in.from += n
		in.line += lines
		if why == "" && len(in.cells) == 0 {
			continue // nothing on the line
		}
		for i := range in.cells {
			in.cells[i].from += base
			in.cells[i].to += base
		}
		return line, why, nil
	}
}

// row takes a row from the beginning of b: how many bytes and lines it has. It is not whole if its end is not there and more may come.
func (in *reader) row(b []byte) (n int, lines int64, why string, whole bool) {
	in.cells = in.cells[:0]
	at := 0
	for {
		if at < len(b) && b[at] == '"' {
			end, doubled, ok := quoted(b, at+1, &lines)
			if !ok && !in.ended {
				return 0, 0, "", false
			}
			if !ok {
				return len(b), lines, "sheet.row.quotes", true
			}
			in.cells = append(in.cells, span{at + 1, end, doubled})
			at = end + 1
			stop, size, known := in.stop(b, at)
			switch {
			case !known:
				return 0, 0, "", false
			case size == 0 && stop: // the end of the file
				return at, lines, "", true
			case stop:
				return at + size, lines + 1, "", true
			case size > 0:
				at++
				continue
			}
			return in.rest(b, at, lines)
		}
		end := at
		for end < len(b) && b[end] != in.comma && b[end] != '\n' && b[end] != '"' {
			end++
		}
		if end == len(b) && !in.ended {
			return 0, 0, "", false
		}
		if end < len(b) && b[end] == '"' {
			return in.rest(b, end, lines)
		}
		last := end
		if (end == len(b) || b[end] == '\n') && last > at && b[last-1] == '\r' {
			last--
		}
		if end == len(b) || b[end] == '\n' {
			if len(in.cells) > 0 || last > at {
				in.cells = append(in.cells, span{at, last, false})
			}
			if end == len(b) {
				return end, lines, "", true
			}
			return end + 1, lines + 1, "", true
		}
		in.cells = append(in.cells, span{at, last, false})
		at = end + 1
	}
}

// quoted finds the end of a cell in quotation marks.
func quoted(b []byte, at int, lines *int64) (end int, doubled, ok bool) {
	for at < len(b) {
		switch b[at] {
		case '"':
			if at+1 < len(b) && b[at+1] == '"' {
				doubled = true
				at++
				break
			}
			return at, doubled, true
		case '\n':
			*lines++
			if b[at-1] == '\r' {
				doubled = true
			}
		}
		at++
	}
	return 0, doubled, false
}

// stop says what follows a cell in quotation marks: the end of the row, a separator (size 1), or what may not stand there (size 0). It is not known if
// the bytes are not there yet.
func (in *reader) stop(b []byte, at int) (ends bool, size int, known bool) {
	if at == len(b) {
		return true, 0, in.ended
	}
	switch {
	case b[at] == in.comma:
		return false, 1, true
	case b[at] == '\n':
		return true, 1, true
	case b[at] != '\r':
		return false, 0, true
	case at+1 < len(b) && b[at+1] == '\n':
		return true, 2, true
	case at+1 == len(b):
		return in.ended, btoi(in.ended), in.ended
	}
	return false, 0, true
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rest passes over what is left of a line that cannot be read.
func (in *reader) rest(b []byte, at int, lines int64) (n int, all int64, why string, whole bool) {
	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 {
		return len(b), lines, "sheet.row.quotes", in.ended
	}
	return at + end + 1, lines + 1, "sheet.row.quotes", true
}

// cell returns a cell of the row. It holds until next is called.
func (in *reader) cell(i int) []byte {
	c := in.cells[i]
	b := in.buf[c.from:c.to]
	if !c.doubled {
		return b
	}
	out := make([]byte, 0, len(b))
	for j := 0; j < len(b); j++ {
		if b[j] == '\r' && j+1 < len(b) && b[j+1] == '\n' {
			continue
		}
		out = append(out, b[j])
		if b[j] == '"' {
			j++
		}
	}
	return out
}
