// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What Vala gets besides what the GIR says.
namespace Bufpool {
	public sealed class Pool : GLib.Object {
		public Pooled acquire_uninit (size_t n_elements) throws GLib.Error;
		public Pooled acquire_full (size_t n_elements, AcquireFlags flags = AcquireFlags.NONE, void* acquire_data = null, int64 timeout_us = -1, GLib.Cancellable? cancellable = null) throws GLib.Error;
	}

	[CCode (cheader_filename = "bufpool.h", cprefix = "BP_ACQUIRE_", type_id = "bp_acquire_flags_get_type ()")]
	[Flags]
	public enum AcquireFlags {
		NONE,
		UNINIT
	}

	[Compact]
	public class Pooled {
		public size_t length { get; }
		public size_t capacity { get; }
		public size_t element_size { get; }
		public ElementType element_type { get; }

		// The elements, to read and to write, without a copy: `data` where they are
		// bytes, `data_f32` where they are float, and so on. Elements of another size
		// are a programming error: there is a critical, and the result is null. It is
		// null for items and released handles too.
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned uint8[]? get_data (size_t element_size = sizeof (uint8));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned int8[]? get_data_i8 (size_t element_size = sizeof (int8));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned uint16[]? get_data_u16 (size_t element_size = sizeof (uint16));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned int16[]? get_data_i16 (size_t element_size = sizeof (int16));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned uint32[]? get_data_u32 (size_t element_size = sizeof (uint32));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned int32[]? get_data_i32 (size_t element_size = sizeof (int32));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned uint64[]? get_data_u64 (size_t element_size = sizeof (uint64));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned int64[]? get_data_i64 (size_t element_size = sizeof (int64));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned float[]? get_data_f32 (size_t element_size = sizeof (float));
		[CCode (cname = "bp_pooled_get_data_checked", array_length_type = "gsize")]
		public unowned double[]? get_data_f64 (size_t element_size = sizeof (double));
		public uint8[]? data { [CCode (cname = "bp_vala_get_data")] get { return get_data (); } }
		public int8[]? data_i8 { get { return get_data_i8 (); } }
		public uint16[]? data_u16 { get { return get_data_u16 (); } }
		public int16[]? data_i16 { get { return get_data_i16 (); } }
		public uint32[]? data_u32 { get { return get_data_u32 (); } }
		public int32[]? data_i32 { get { return get_data_i32 (); } }
		public uint64[]? data_u64 { get { return get_data_u64 (); } }
		public int64[]? data_i64 { get { return get_data_i64 (); } }
		public float[]? data_f32 { get { return get_data_f32 (); } }
		public double[]? data_f64 { get { return get_data_f64 (); } }
	}

	[Compact]
	public class PooledSlice {
		public size_t length { get; }
		public size_t element_size { get; }
		public ElementType element_type { get; }

		// The elements, to be read, where they are bytes; null where they are not.
		[CCode (cname = "bp_pooled_slice_get_data")]
		public void* get_elements (out size_t n_elements = null);
		public uint8[]? data {
			[CCode (cname = "bp_vala_slice_get_data")]
			get {
				if (element_size != 1)
					return null;
				size_t n_bytes;
				unowned uint8[] bytes = (uint8[]) get_elements (out n_bytes);
				bytes.length = (int) n_bytes;
				return bytes;
			}
		}
	}

	[Compact]
	public class PoolStats {
		public uint64 acquired { get; }
		public uint64 hits { get; }
		public uint64 misses { get; }
		public uint64 returned { get; }
		public uint64 dropped { get; }
		public uint64 idle { get; }
		public uint64 idle_bytes { get; }
		public uint64 outstanding { get; }
		public uint64 peak_buffers { get; }
	}
}
