/** What a microphone recorded as a WAV file: mono PCM of 16 bits. */

const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;
const FULL_SCALE = 32_767;

/** Samples of -1 to 1 as a WAV file (RIFF, format 1). */
export function wavOf(samples: Float32Array, sampleRate: number): Blob {
  const bytes = samples.length * SAMPLE_BYTES;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const text = (at: number, word: string) =>
    new TextEncoder().encode(word).forEach((byte, place) => view.setUint8(at + place, byte));
  text(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * SAMPLE_BYTES, true);
  view.setUint16(32, SAMPLE_BYTES, true);
  view.setUint16(34, 8 * SAMPLE_BYTES, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  samples.forEach((sample, place) => {
    const whole = Math.round(Math.max(-1, Math.min(1, sample)) * FULL_SCALE);
    view.setInt16(HEADER_BYTES + place * SAMPLE_BYTES, whole, true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}

/** The mean of all channels. */
export function mixed(channels: Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels;
  return first.map((_, place) => channels.reduce((sum, one) => sum + (one[place] ?? 0), 0) / channels.length);
}

/** A recording of any form that the browser plays, at `sampleRate`. */
export async function decoded(recording: Blob, sampleRate: number): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, sampleRate); // it decodes to its own rate
  const sound = await context.decodeAudioData(await recording.arrayBuffer());
  const channels = Array.from({ length: sound.numberOfChannels }, (_, channel) =>
    sound.getChannelData(channel),
  );
  return wavOf(mixed(channels), sampleRate);
}
