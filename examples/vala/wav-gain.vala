// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Copies a WAV file and makes it louder or less loud.
//
//     wav-gain --gain=-6 INPUT OUTPUT
//
// The file goes through buffers of a pool, 64 KiB at a time, without blocking. The
// samples are changed where they lie. The output has its name only when it is complete.

const size_t CHUNK = 65536;
const double MOST_GAIN = 120;
const uint PCM = 1;
const uint FLOAT = 3;
const uint EXTENSIBLE = 0xfffe;

errordomain WavError { INVALID }

// A number as WAV files have it, the lowest byte first.
uint32 load (uint8[] data, size_t offset, uint n_bytes) {
	uint32 value = 0;
	for (uint i = 0; i < n_bytes; i++)
		value |= (uint32) data[offset + i] << 8 * i;
	return value;
}

void store (uint8[] data, size_t offset, uint n_bytes, uint32 value) {
	for (uint i = 0; i < n_bytes; i++)
		data[offset + i] = (uint8) (value >> 8 * i);
}

bool is_called (uint8[] data, size_t offset, string name) {
	return Memory.cmp (&data[offset], name, name.length) == 0;
}

struct Format {
	uint tag;
	uint channels;
	uint rate;
	uint bits;

	Format (uint8[] header) throws WavError {
		if (header.length < 16)
			throw new WavError.INVALID ("is cut off in its header");
		tag = load (header, 0, 2);
		if (tag == EXTENSIBLE && header.length >= 26)
			tag = load (header, 24, 2);
		channels = load (header, 2, 2);
		rate = load (header, 4, 4);
		bits = load (header, 14, 2);

		bool is_known = tag == FLOAT ? bits == 32 : tag == PCM && bits % 8 == 0 && bits >= 8 && bits <= 32;
		if (!is_known)
			throw new WavError.INVALID (@"has samples of $bits bits and format $tag, but only PCM of 8, 16, " +
				"24 and 32 bits and floats of 32 bits are known here");
		if (channels == 0 || rate == 0 || load (header, 12, 2) != get_frame_size ())
			throw new WavError.INVALID ("has a header that contradicts itself");
	}

	public uint get_frame_size () {
		return channels * bits / 8;
	}

	// Not by nested `?:`: of literals and templates, valac 0.56 frees the inner one too early.
	string get_layout () {
		switch (channels) {
		case 1:
			return "mono";
		case 2:
			return "stereo";
		default:
			return @"$channels channels";
		}
	}

	public string to_string () {
		return "%u bit %s, %s, %u Hz".printf (bits, tag == FLOAT ? "float" : "PCM", get_layout (), rate);
	}
}

class Copier {
	public Bufpool.Pool pool = new Bufpool.Pool (U8) { max_buffers = 4 };
	public Cancellable cancellable = new Cancellable ();
	public Format format;
	public uint64 n_samples = 0;
	public uint64 n_clipped = 0;

	InputStream input;
	OutputStream output;
	double factor;

	public Copier (double gain) {
		factor = Math.pow (10, gain / 20);
	}

	// The next bytes, fewer only at the end. The caller that gets the buffer may change it.
	async Bufpool.Pooled read (size_t n_bytes) throws Error {
		var buffer = pool.acquire_uninit (n_bytes);
		size_t n_read;
		yield input.read_all_async (buffer.data, Priority.DEFAULT, cancellable, out n_read);
		buffer.set_length (n_read);
		return buffer;
	}

	async void write (uint8[] data) throws Error {
		yield output.write_all_async (data, Priority.DEFAULT, cancellable, null);
	}

	// Passes on what is not samples, and says how much of it there was.
	async uint64 pass (uint64 n_bytes) throws Error {
		uint64 n_passed = 0;
		while (n_passed < n_bytes) {
			size_t count = (size_t) uint64.min (n_bytes - n_passed, CHUNK);
			var slice = yield pool.read_async (input, count, Priority.DEFAULT, cancellable);
			if (slice.is_empty ())
				break;
			yield write (slice.data);
			n_passed += slice.length;
		}
		return n_passed;
	}

	// Passes on everything before the samples, and says how many bytes of those there are.
	async uint64 pass_header () throws Error {
		var riff = yield read (12);
		if (riff.length == 0)
			throw new WavError.INVALID ("is empty");
		if (riff.length < 12 || !is_called (riff.data, 0, "RIFF") || !is_called (riff.data, 8, "WAVE"))
			throw new WavError.INVALID ("is no WAV file");
		yield write (riff.data);

		for (;;) {
			var header = yield read (8);
			if (header.length < 8)
				throw new WavError.INVALID ("is cut off: it ends before its samples");
			yield write (header.data);

			uint64 size = load (header.data, 4, 4);
			uint64 rest = size + size % 2;
			if (is_called (header.data, 0, "data")) {
				if (format.channels == 0)
					throw new WavError.INVALID ("does not say what its samples are");
				if (size < format.get_frame_size ())
					throw new WavError.INVALID ("has no samples");
				return size - size % format.get_frame_size ();
			}
			if (is_called (header.data, 0, "fmt ")) {
				var data = yield read ((size_t) uint64.min (rest, 40));
				format = Format (data.data);
				yield write (data.data);
				rest -= data.length;
			}
			uint64 n_passed = yield pass (rest);
			if (n_passed < rest)
				throw new WavError.INVALID ("is cut off in its header");
		}
	}

	uint32 amplify_float (uint32 bits) {
		float value = (float) (*(float*) (&bits) * factor);
		if (value.abs () > 1)
			n_clipped++;
		return *(uint32*) (&value);
	}

	uint32 amplify_integer (uint32 bits) {
		// Bytes have no sign, so that 128 is silence
		double most = (double) (1U << (format.bits - 1)) - 1;
		uint unused = 32 - format.bits;
		double value = format.bits == 8 ? (double) bits - 128 : (double) ((int32) (bits << unused) >> unused);
		double louder = Math.rint (value * factor);
		double result = louder.clamp (-most - 1, most);

		if (result != louder)
			n_clipped++;
		return (uint32) (int64) (format.bits == 8 ? result + 128 : result);
	}

	void amplify (uint8[] data) {
		uint n_bytes = format.bits / 8;
		for (size_t at = 0; at < data.length; at += n_bytes) {
			uint32 bits = load (data, at, n_bytes);
			bits = format.tag == FLOAT ? amplify_float (bits) : amplify_integer (bits);
			store (data, at, n_bytes, bits);
		}
		n_samples += data.length / n_bytes;
	}

	public async void copy (InputStream input, OutputStream output) throws Error {
		this.input = input;
		this.output = output;

		uint64 n_bytes = yield pass_header ();
		size_t block = CHUNK - CHUNK % format.get_frame_size ();
		uint64 left = n_bytes;
		while (left > 0) {
			// Goes back to the pool at the end of the block
			var buffer = yield read ((size_t) uint64.min (left, block));
			if (buffer.length < uint64.min (left, block))
				throw new WavError.INVALID (@"is cut off: $(left - buffer.length) of $n_bytes bytes of its " +
					"samples are missing");
			amplify (buffer.data);
			yield write (buffer.data);
			left -= buffer.length;
		}
		yield pass (uint64.MAX);
	}
}

// The file behind links, so that those stay. Anything but a plain file is refused:
// renaming would replace a device by a file.
File find_target (File output) throws Error {
	var type = output.query_file_type (FileQueryInfoFlags.NONE);
	if (type != FileType.UNKNOWN && type != FileType.REGULAR)
		throw new IOError.NOT_REGULAR_FILE ("it exists and is not a regular file");
	string? path = output.get_path ();
	string? real = path != null ? Posix.realpath (path) : null;
	return real != null ? File.new_for_path (real) : output;
}

async void convert (Copier copier, File input, File output) throws Error {
	var reader = yield input.read_async (Priority.DEFAULT, copier.cancellable);
	File target;
	File temporary;
	FileOutputStream writer;
	try {
		target = find_target (output);
		var name = "%s.%08x".printf (target.get_basename (), Random.next_int ());
		temporary = target.get_parent ().get_child (name);
		writer = yield temporary.create_async (FileCreateFlags.NONE, Priority.DEFAULT, copier.cancellable);
	} catch (Error error) {
		error.message = @"cannot write $(output.get_parse_name ()): $(error.message)";
		throw error;
	}

	try {
		yield copier.copy (reader, writer);
		yield writer.close_async (Priority.DEFAULT, copier.cancellable);
		temporary.move (target, FileCopyFlags.OVERWRITE, copier.cancellable);
	} catch (Error error) {
		yield temporary.delete_async ();
		throw error;
	}
}

void print_pool (string name, Bufpool.PoolStats stats) {
	print ("  %-12s %s buffers: %s reused (%.1f %%), %s allocated; %s idle now, %s in use\n",
		"Pool of " + name, stats.acquired.to_string (), stats.hits.to_string (),
		100.0 * stats.hits / uint64.max (stats.acquired, 1), stats.misses.to_string (),
		stats.idle.to_string (), stats.outstanding.to_string ());
}

int fail (string message) {
	printerr ("wav-gain: %s\n", message.delimit ("\r\n", ' '));
	return 1;
}

int main (string[] args) {
	double gain = 0;
	OptionEntry[] entries = {
		{ "gain", 'g', OptionFlags.NONE, OptionArg.DOUBLE, &gain,
			"Make it louder, or with a negative number less loud (default: 0)", "DB" },
		{}
	};
	Intl.setlocale ();
	try {
		var context = new OptionContext ("INPUT OUTPUT");
		context.add_main_entries (entries, null);
		context.parse (ref args);
	} catch (OptionError error) {
		return fail (error.message);
	}
	if (!(gain.abs () <= MOST_GAIN))
		return fail (@"--gain=$gain: must be between -$MOST_GAIN and $MOST_GAIN");
	if (args.length != 3)
		return fail ("give two files: wav-gain --gain=DB INPUT OUTPUT");

	var input = File.new_for_commandline_arg (args[1]);
	var output = File.new_for_commandline_arg (args[2]);
	var copier = new Copier (gain);
	var loop = new MainLoop ();
	Error? failure = null;

	foreach (int number in new int[] { ProcessSignal.INT, ProcessSignal.TERM }) {
		Unix.signal_add (number, () => {
			copier.cancellable.cancel ();
			return Source.REMOVE;
		});
	}
	convert.begin (copier, input, output, (_, result) => {
		try {
			convert.end (result);
		} catch (Error error) {
			failure = error;
		}
		loop.quit ();
	});
	loop.run ();
	if (failure != null)
		return fail (@"$(Filename.display_name (args[1])): $(failure.message)");

	print ("%s: %s\n", Filename.display_name (input.get_basename ()), copier.format.to_string ());
	print ("  Gain         %.2f dB\n", gain);
	print ("  Samples      %s, %s %s\n", copier.n_samples.to_string (), copier.n_clipped.to_string (),
		copier.format.tag == FLOAT ? "above full scale" : "clipped");
	print ("  Written      %s\n", Filename.display_name (args[2]));
	print_pool ("u8", copier.pool.get_stats ());
	return 0;
}
