// Package icon draws Vaultbar's icon: a shield, in the few states that it shows.
//
// Each state is a short list of shapes in a square of 16 units ([State], in
// states.go), so that at 16 pixels every edge lies between two pixels. From it
// come the pictures that each desktop wants: a PNG without half-transparent
// pixels for Linux trays, an ICO of several sizes for Windows, a template of
// black and nothing for macOS, and smooth PNGs for a desktop's icon theme.
// Nothing is generated beforehand and nothing is read from disk.
//
// States differ by shape, never by colour alone, and the colours stand out from
// light and from dark panels alike, because a tray does not tell which it is.
//
// Start with [New], which draws what this platform's tray wants, once a state;
// packaging uses [App].
package icon
