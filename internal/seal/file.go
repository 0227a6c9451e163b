package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/opentrm/opentrm/internal/fault"
)

// A file under a passphrase is in the age format, version 1, with one scrypt recipient, in armour: whoever has the
// passphrase opens it with any program that knows the format, and needs none of ours (docs/adr/0022-file-under-a-passphrase.md).
const (
	MaxFile = 64 << 10 // bytes, before and after

	spokenDigits = 24 // 79.7 bits
	spokenGroup  = 4
	fileWork     = 16 // log2 of scrypt's N: 64 MiB, as for a passphrase that signs in
	maxFileWork  = 18 // of a file that another program has made: 256 MiB
)

// Spoken makes a passphrase that can be said over a telephone in every language and typed on every keyboard: 24 random
// digits in groups of four, with a dash between them. Random is the system's if it is nil.
func Spoken(random io.Reader) string {
	var b strings.Builder
	for n := 0; n < spokenDigits; {
		d := draw(random, 1)[0]
		if d >= 250 { // so that each digit is as likely as another
			continue
		}
		if n > 0 && n%spokenGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte('0' + d%10)
		n++
	}
	return b.String()
}

// SealFile seals under a passphrase of [Spoken]. It takes 64 MiB of memory and some 0.2 s of a processor: the caller throttles.
//
// It fails with [fault.TooLarge] beyond [MaxFile] and with [fault.Invalid] "seal.passphrase.form" for another passphrase:
// one that a person has chosen would not stand against somebody who holds the file.
func SealFile(passphrase string, plain []byte) (string, error) {
	if len(plain) > MaxFile {
		return "", fault.New(fault.TooLarge, "seal.file.size")
	}
	if heard(passphrase) != passphrase || len(passphrase) != spokenDigits+spokenDigits/spokenGroup-1 {
		return "", fault.New(fault.Invalid, "seal.passphrase.form")
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	to.SetWorkFactor(fileWork)
	var out bytes.Buffer
	shell := armor.NewWriter(&out)
	w, err := age.Encrypt(shell, to)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = errors.Join(w.Close(), shell.Close())
	}
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return out.String(), nil
}

// OpenFile opens what [SealFile] has sealed. Blanks instead of dashes in the passphrase, and none at all, are understood.
//
// It fails with [fault.Denied] "seal.file.wrong" for another passphrase, with [fault.Invalid] "seal.file.form" if this is no such
// file or it was changed, and with [fault.TooLarge] beyond [MaxFile].
func OpenFile(passphrase, file string) ([]byte, error) {
	if len(file) > 2*MaxFile {
		return nil, fault.New(fault.TooLarge, "seal.file.size")
	}
	who, err := age.NewScryptIdentity(heard(passphrase))
	if err != nil {
		return nil, fault.New(fault.Denied, "seal.file.wrong")
	}
	who.SetMaxWorkFactor(maxFileWork)
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(file)), who)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, fault.New(fault.Denied, "seal.file.wrong")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "seal.file.form", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "seal.file.form", err)
	}
	if len(plain) > MaxFile {
		return nil, fault.New(fault.TooLarge, "seal.file.size")
	}
	return plain, nil
}

// heard writes digits that were heard or typed as [Spoken] makes them; anything else stays what it is.
func heard(typed string) string {
	digits := strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed)
	if len(digits) != spokenDigits || strings.Trim(digits, "0123456789") != "" {
		return typed
	}
	var groups []string
	for i := 0; i < len(digits); i += spokenGroup {
		groups = append(groups, digits[i:i+spokenGroup])
	}
	return strings.Join(groups, "-")
}
