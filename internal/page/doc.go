// Package page is what the pages of a node are made of: the door that every request passes, the visit with who asks, the
// frame around a page, and the typed parts that stand on it.
//
// A page is a [Shell] around typed components. Each works without JavaScript, by keyboard, at 360 pixels
// and on paper; none has a script or a style inside it, so that the strictest content security policy
// holds. Every sentence is a message key said by a [lang.Printer]; what comes from a record is [Plain] text
// and is escaped. The patterns follow govuk-frontend; name, colours and font are our own (package asset).
//
// It knows no noun but whose session it is and what a desk is called. The screens are in the packages that stand on it,
// one for each area, as webcase and webreferral, which package web puts together.
package page
