package letter

import (
	"strings"

	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// FileName is what a file is called; it says nothing but that it is a letter.
const FileName = "letter.txt.age"

// File is a letter that a passphrase opens. The passphrase is said over the telephone, never sent where the file goes, and kept
// nowhere.
type File struct {
	Text       string // in the armour of the age format
	Passphrase string
}

// Sealed writes a letter and seals it under a new passphrase. It takes what [seal.SealFile] takes: the caller throttles.
//
// It fails as [seal.SealFile] does.
func (w Writer) Sealed(l referral.Printed) (File, error) {
	f := File{Passphrase: seal.Spoken(nil)}
	var err error
	f.Text, err = seal.SealFile(f.Passphrase, []byte(w.Text(l)))
	return f, err
}

// Text is the letter as plain text, which every program shows and prints.
func (w Writer) Text(l referral.Printed) string {
	var b strings.Builder
	say := func(s string) { b.WriteString(s + "\r\n\r\n") }
	say(w.P.Text("referral.letter.title"))
	say(w.P.Text("referral.letter.text"))
	for _, line := range w.Lines(l) {
		b.WriteString(line.What + ": " + line.Said + "\r\n")
	}
	b.WriteString("\r\n")
	say(w.How(l))
	return b.String()
}
