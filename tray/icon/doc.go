// Package icon draws Vaultbar's icon: a shield, in the few states that it shows.
//
// Each size is drawn on its own grid (grid.go): straight edges lie between two
// pixels, lines are whole pixels wide. From the same few shapes come the pictures
// that each desktop wants: images of all sizes for Linux trays, an ICO of several
// sizes for Windows, a template of black and nothing for macOS, and PNGs for a
// desktop's icon theme. Nothing is generated beforehand and nothing is read from
// disk.
//
// A tray does not tell what color its panel has, so each state has a light body
// with a dark rim, and a white halo around all of it: whatever the panel, one of
// them stands out. testdata/sheet.png has every state in every size on eight
// panels: look at it after a change. States differ by shape, never by color
// alone.
//
// Start with [Image], and with states.go for what a state looks like; a tray that
// takes one picture has it of a [Set], packaging uses [App].
package icon
