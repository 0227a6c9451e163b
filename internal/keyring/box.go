package keyring

import (
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
)

// Box is the key of something that a desk keeps and that is no case, such as a thread of messages: wrapped
// by the wrap key of one generation. Whoever destroys the box destroys what was sealed under the key.
type Box struct {
	Generation int64
	Sealed     []byte // nil: none yet
}

// NewBox makes a key for a thing of the desk. Use is a code, object an identifier; both are bound to it.
//
// It fails with [fault.Hidden] as [Service.OpenDeskIn].
func (d *DeskKeys) NewBox(use, object string) (seal.Key, Box, error) {
	key := seal.NewKey(d.s.Rand)
	b, err := d.box(use, object, key)
	return key, b, err
}

// OpenBox opens the key in a box, and returns the box as it should be kept: under the newest wrap key, so
// that what is worked with does not hang on an old generation.
//
// It fails with [fault.NotFound] and "keyring.box.gone" if the box was destroyed, [fault.Hidden] as
// [Service.OpenDeskIn], and [fault.Internal] if the box is not of this desk, use and object.
func (d *DeskKeys) OpenBox(use, object string, b Box) (seal.Key, Box, error) {
	if len(b.Sealed) == 0 {
		return seal.Key{}, Box{}, fault.New(fault.NotFound, "keyring.box.gone")
	}
	wrap, err := d.at(b.Generation)
	if err != nil {
		return seal.Key{}, Box{}, err
	}
	key, err := wrap.Unwrap(b.Sealed, d.boxAAD(use, object))
	if err != nil {
		return seal.Key{}, Box{}, fault.Wrap(fault.Internal, "keyring.box", err)
	}
	if b.Generation == d.newest {
		return key, b, nil
	}
	b, err = d.box(use, object, key)
	return key, b, err
}

func (d *DeskKeys) box(use, object string, key seal.Key) (Box, error) {
	wrap, err := d.at(d.newest)
	if err != nil {
		return Box{}, err
	}
	return Box{Generation: d.newest, Sealed: wrap.Wrap(key, d.boxAAD(use, object))}, nil
}

func (d *DeskKeys) boxAAD(use, object string) []byte {
	return frame.JoinText("opentrm/desk-box/1", string(d.s.Node), string(d.desk), use, object)
}
